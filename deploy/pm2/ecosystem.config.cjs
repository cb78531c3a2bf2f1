// pm2 start ecosystem.config.cjs --only miner   (in the folder where conversion-subnet is installed; docs/deploying.md)
const node = (name) => ({
  name,
  script: "node_modules/.bin/conversion-subnet",
  args: `${name} run --config ${name}.yaml`,
  // One process a hotkey: a second one would find its lock taken.
  exec_mode: "fork",
  instances: 1,
  // Its SIGINT is our end in order, which is to be waited for.
  kill_timeout: 30_000,
  min_uptime: 10_000,
  max_restarts: 10,
  exp_backoff_restart_delay: 1_000,
  stop_exit_codes: [2],
  merge_logs: true,
});

module.exports = { apps: [node("miner"), node("validator")] };
