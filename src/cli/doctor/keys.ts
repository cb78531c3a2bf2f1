import { basename } from "node:path";
import { inspectWallet, KeyfileMissingError, walletExposures } from "../../wallet/index.ts";
import { type Check, type Finding, failed, failedBy, notTested, ok, warning } from "./check.ts";
import { type Facts, quoted } from "./facts.ts";

async function checkHotkey({ wallet, hotkey, keypair, holder }: Facts): Promise<Finding> {
  const where = wallet();
  let address: string;
  let isOpen: boolean;
  try {
    isOpen = (await keypair()) !== null;
    address = await hotkey();
  } catch (error) {
    const { coldkey } = await inspectWallet(where);
    const isThere = coldkey.secret !== "absent" || coldkey.address !== null;
    const make = isThere ? "wallet new-hotkey" : "wallet create";
    const create = `npx conversion-subnet ${make} --wallet.name ${quoted(where.name)} --wallet.hotkey ${quoted(where.hotkey)}`;
    return failedBy(
      error,
      error instanceof KeyfileMissingError
        ? [`npx conversion-subnet wallet list --wallet.path ${quoted(where.path)}`, create]
        : [],
    );
  }
  const { hotkeys } = await inspectWallet(where);
  const problems = hotkeys.find(({ name }) => name === where.hotkey)?.problems ?? [];
  const values = { wallet: where.name, hotkey: where.hotkey, address, encrypted: !isOpen, heldBy: await holder() };
  const name = `${where.name}/${where.hotkey} ${address}`;
  if (problems.length > 0)
    return warning(`${name}: ${problems.join("; ")}`, values, `# compare ${basename(where.path)} with a backup`);
  if (!isOpen)
    return warning(
      `${name} is under a password: somebody has to type it at each start, and doctor signs with another key`,
      values,
      "export BT_WALLET_PASSWORD_FILE=/path/to/a/file/of/mode/600",
    );
  return ok(`${name} can be read`, values);
}

async function checkPermissions({ wallet, info }: Facts): Promise<Finding> {
  const where = wallet();
  const exposures = await walletExposures(where);
  if (exposures.length > 0)
    return warning(
      exposures.map(({ path, problem }) => `${path} ${problem}`).join("; "),
      { exposures: exposures.length },
      exposures.map(({ remedy }) => remedy),
    );
  const { coldkey, hotkeys } = await inspectWallet(where);
  if (hotkeys.length === 0 && coldkey.secret === "absent") return notTested(`there is no wallet ${where.name}`);
  const isReal = await info().then(
    ({ development }) => !development,
    () => false,
  );
  if (isReal && coldkey.secret === "plain")
    return failed(
      `the coldkey lies unencrypted at ${coldkey.path}: whoever reads it owns the stake, and a node does not need it`,
      { coldkey: "plain" },
      "# move the coldkey to a machine that serves nothing; coldkeypub.txt is enough here",
    );
  return ok("nobody else on this machine can get at the wallet", { exposures: 0, coldkey: coldkey.secret });
}

/** The keys: whether the node can sign, and nobody else. */
export const keyChecks = (facts: Facts): Check[] => [
  { name: "wallet", run: () => checkHotkey(facts) },
  { name: "permissions", run: () => checkPermissions(facts) },
];
