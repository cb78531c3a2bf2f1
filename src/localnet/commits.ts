import { createHash } from "node:crypto";
import type { WaitingCommit } from "./subnet.ts";

export function commitHashOf({ content, revealRound }: WaitingCommit): string {
  return revealRound === null ? content : `0x${createHash("sha256").update(content).digest("hex")}`;
}
