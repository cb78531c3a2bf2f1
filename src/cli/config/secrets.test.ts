import { expect, it } from "vitest";
import { secretIn } from "./secrets.ts";

it.each([
  "redis://user:password@host",
  "redis://:p@ss@host:6379/0",
  "redis://user:pa/ss@host",
  "redis://user:pa#ss@host",
  "redis://user:pa?ss@host",
  "rediss://all-that-is-secret@host",
  "postgres://me:secret@a:5432,b:5433/subnet",
  "postgres://a:5432/subnet?user=me&password=secret",
  "redis://host?password=secret",
  "wss://archive.example/ws?apikey=secret",
  "wss://archive.example/ws?network=finney&access_token=secret",
])("an address may carry a password anywhere: %s is hidden", (text) => {
  expect(secretIn("redis.url", text)).not.toBeNull();
});

it.each([
  "redis://127.0.0.1:6379/0",
  "rediss://host",
  "postgres://me@a:5432,b:5433/subnet?sslmode=require",
  "wss://entrypoint-finney.opentensor.ai:443",
  "ws://[::1]:9944",
  "a@b",
  "/home/me/model?key.json",
])("%s is shown", (text) => {
  expect(secretIn("redis.url", text)).toBeNull();
});
