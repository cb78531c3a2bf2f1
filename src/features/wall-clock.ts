import { InvalidArgumentError } from "../core/index.ts";

/** Hour 0-23 and day 0-6 (Sunday = 0) on the wall. */
export interface WallClock {
  readonly hour: number;
  readonly day: number;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  try {
    const format = new Intl.DateTimeFormat("en-US", { timeZone, hour: "2-digit", weekday: "short", hourCycle: "h23" });
    formats.set(timeZone, format);
    return format;
  } catch {
    throw new InvalidArgumentError({ argument: "timeZone", problem: "is not a known time zone", value: timeZone });
  }
}

/**
 * The wall clock `offsetSeconds` after an ISO 8601 moment; a moment without an offset is taken as UTC.
 *
 * @throws {InvalidArgumentError} when the moment is no date or the zone is unknown.
 * @example
 * wallClock("2026-01-05T09:00:00Z", 0, "America/New_York"); // { hour: 4, day: 1 }
 */
export function wallClock(startedAt: string, offsetSeconds: number, timeZone = "UTC"): WallClock {
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(startedAt) || !startedAt.includes("T") ? startedAt : `${startedAt}Z`;
  const moment = new Date(Date.parse(zoned) + offsetSeconds * 1000);
  if (Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError({ argument: "startedAt", problem: "is not an ISO 8601 date", value: startedAt });
  }
  if (timeZone === "UTC") return { hour: moment.getUTCHours(), day: moment.getUTCDay() };
  const parts = formatOf(timeZone).formatToParts(moment);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? "";
  return { hour: Number(part("hour")), day: DAYS.indexOf(part("weekday")) };
}
