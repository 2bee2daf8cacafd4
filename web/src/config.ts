// The configuration as the engines read it back: defaults, what the page gave,
// and the copies that keep the two apart.

import { DEFAULT_COMMON_SETTINGS, DEFAULT_STREAM_SETTINGS } from "./generated/settings.js";
import type { StorageFactory } from "./storage.js";
import type {
  CommonCoreConfig,
  CoreConfig,
  DefinedCoreConfig,
  DynamicCoreConfig,
  StreamConfig,
  StreamType,
} from "./types.js";

export const DEFAULT_COMMON_CORE_CONFIG: CommonCoreConfig = {
  ...DEFAULT_COMMON_SETTINGS,
  customSegmentStorageFactory: undefined,
};

export const DEFAULT_STREAM_CONFIG: StreamConfig = {
  ...DEFAULT_STREAM_SETTINGS,
  validateP2PSegment: undefined,
  validateHTTPSegment: undefined,
  httpRequestSetup: undefined,
};

/** The configuration of one Core. */
export class Config {
  private readonly common: CommonCoreConfig;
  private readonly streams: Record<StreamType, StreamConfig>;

  /** What is set for a stream type goes before what is set for both; undefined sets nothing. */
  constructor(given: Partial<CoreConfig> = {}) {
    const { mainStream, secondaryStream } = given;
    this.common = merge(DEFAULT_COMMON_CORE_CONFIG, given);
    this.streams = {
      main: merge(DEFAULT_STREAM_CONFIG, given, mainStream),
      secondary: merge(DEFAULT_STREAM_CONFIG, given, secondaryStream),
    };
  }

  /** The settings in force, for reading only. */
  stream(type: StreamType): Readonly<StreamConfig> {
    return this.streams[type];
  }

  get loaderWasmUrl(): string | undefined {
    return this.common.loaderWasmUrl;
  }

  /** The settings themselves, for the page's storage, which sees them change, as with npm's Core. */
  get live(): [CommonCoreConfig, StreamConfig, StreamConfig] {
    return [this.common, this.streams.main, this.streams.secondary];
  }

  /**
   * What makes the page's own storage, where it brings one.
   *
   * @throws {Error} when it is not a function.
   */
  get storageFactory(): StorageFactory | undefined {
    const factory = this.common.customSegmentStorageFactory;
    if (!factory) return undefined;
    if (typeof factory !== "function") throw new Error("Storage configuration is invalid");
    return factory;
  }

  /** A copy that the caller may keep and change. */
  copy(): DefinedCoreConfig {
    return {
      ...deepCopy(this.common),
      mainStream: deepCopy(this.streams.main),
      secondaryStream: deepCopy(this.streams.secondary),
    };
  }

  /**
   * Changes settings; undefined gives a setting its default back. What the page
   * hands over stays its own object, as with npm's Core.
   */
  apply(change: DynamicCoreConfig): void {
    const mainStream = change.mainStream ?? {};
    const secondaryStream = change.secondaryStream ?? {};
    [change, mainStream, secondaryStream].forEach(refuseRestrictedKeys);
    override(this.common, DEFAULT_COMMON_CORE_CONFIG, change);
    override(this.streams.main, DEFAULT_STREAM_CONFIG, change);
    override(this.streams.main, DEFAULT_STREAM_CONFIG, mainStream);
    override(this.streams.secondary, DEFAULT_STREAM_CONFIG, change);
    override(this.streams.secondary, DEFAULT_STREAM_CONFIG, secondaryStream);
  }
}

/** The keys of `defaults`, each from the last layer that sets it. */
function merge<T extends object>(defaults: T, ...layers: (object | undefined)[]): T {
  const merged = deepCopy(defaults) as Record<string, unknown>;
  for (const key of Object.keys(defaults)) {
    for (const layer of layers) {
      const value = layer && ownValue(layer, key);
      if (value !== undefined) merged[key] = deepCopy(withoutUndefined(value));
    }
  }
  return merged as T;
}

/** Undefined sets nothing, inside of a setting too. */
function withoutUndefined(value: unknown): unknown {
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutUndefined(inner)]));
}

function override<T extends object>(target: T, defaults: T, change: object): void {
  for (const key of Object.keys(change)) {
    if (!Object.hasOwn(target, key)) continue;
    const value = ownValue(change, key);
    (target as Record<string, unknown>)[key] = value === undefined ? deepCopy(ownValue(defaults, key)) : value;
  }
}

function ownValue(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}

function refuseRestrictedKeys(change: object): void {
  for (const key of ["__proto__", "constructor", "prototype"]) {
    if (Object.keys(change).includes(key)) {
      throw new Error(`Attempt to modify restricted property '${key}'`);
    }
  }
}

/**
 * Copies arrays and plain objects. Everything else, such as a function or an
 * RTCCertificate, is the same in the copy.
 */
function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map((element: unknown) => deepCopy(element)) as T;
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).filter(([key]) => key !== "__proto__");
  return Object.fromEntries(entries.map(([key, inner]) => [key, deepCopy(inner)])) as T;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype as object) === null;
}
