import { type Command, InvalidArgumentError } from "commander";
import { whole } from "./flags.ts";

/** Where each kind's admin server is when nothing else is said; the next free one of twenty when that is taken. */
export const ADMIN_PORTS = { miner: 9291, validator: 9391, localnet: 9491, demo: 9591, dashboard: 9691 } as const;
export const SPARE_PORTS = 19;

/** "node.example,10.0.0.7": names or addresses, no ports. */
const hosts = (text: string) =>
  text.split(",").map((part) => {
    const name = part.trim();
    if (/^[A-Za-z0-9.-]{1,253}$|^\[[0-9a-fA-F:.]{2,45}\]$/.test(name)) return name;
    throw new InvalidArgumentError(`"${name}" is no name of a host, without its port.`);
  });

/** Options of a node about its admin server. */
export const adminFlags = (command: Command, kind: keyof typeof ADMIN_PORTS) =>
  command
    .option("--admin.ip <ip>", "address of the admin server; anything but loopback asks for a token", "127.0.0.1")
    .option("--admin.port <port>", `its port (default: ${ADMIN_PORTS[kind]}, or the next free one)`, whole(0))
    .option("--admin.token_file <file>", "ask for the token in this file; made where there is none")
    .option("--admin.allow_host <names>", "other names it may be asked by, as of a proxy; asks for a token", hosts)
    .option("--no-admin", "open no admin server");
