// Every type and value of npm p2p-media-loader-core against ours, in both
// directions. This only has to compile; ../types.test.mjs sees to it, and that
// nothing is left out.

import type { OWN_OPTIONS } from "../conformance/in-page/own-options.js";
import type * as Ours from "p2p-mediastream";
import type * as Theirs from "p2p-media-loader-core";

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type ReadonlyKeys<T> = {
  [K in keyof T]-?: Identical<{ [P in K]: T[P] }, { -readonly [P in K]: T[P] }> extends true ? never : K;
}[keyof T];

/** True when each can stand for the other. */
type Interchangeable<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
/** True when, beyond that, the same members are there, optional and readonly. */
type Same<A, B> =
  Interchangeable<A, B> extends true
    ? [keyof A, OptionalKeys<A>, ReadonlyKeys<A>] extends [keyof B, OptionalKeys<B>, ReadonlyKeys<B>]
      ? [keyof B, OptionalKeys<B>, ReadonlyKeys<B>] extends [keyof A, OptionalKeys<A>, ReadonlyKeys<A>]
        ? true
        : false
      : false
    : false;

/** A class without its private members, which make every class a type of its own; its methods as functions. */
type Public<T> = { [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R : T[K] };
/** The names of members whose types differ. */
type Differing<A, B> = {
  [K in keyof A | keyof B]: K extends keyof A & keyof B ? (Interchangeable<A[K], B[K]> extends true ? never : K) : K;
}[keyof A | keyof B];

/** What our configurations have beside theirs. */
type OwnOption = (typeof OWN_OPTIONS)[number];
type WithoutOwn<T> = Omit<T, OwnOption>;

function holds<_T extends true>(): void {}
function isNever<_T extends never>(): void {}

// The checks themselves must be able to fail.
// @ts-expect-error another type
holds<Same<{ a: number }, { a: string }>>();
// @ts-expect-error an optional member
holds<Same<{ a: unknown }, { a?: unknown }>>();
// @ts-expect-error a readonly member
holds<Same<{ a: number }, { readonly a: number }>>();
// @ts-expect-error another parameter
isNever<Differing<Public<{ m(a: string): void }>, Public<{ m(a: string | number): void }>>>();
// @ts-expect-error a missing member
isNever<Differing<{ a: 1 }, object>>();

holds<Same<Ours.StreamType, Theirs.StreamType>>();
holds<Same<Ours.ByteRange, Theirs.ByteRange>>();
holds<Same<Ours.Segment, Theirs.Segment>>();
holds<Same<Ours.SegmentWithStream, Theirs.SegmentWithStream>>();
holds<Same<Ours.StreamWithSegments, Theirs.StreamWithSegments>>();
holds<Same<Ours.Stream, Theirs.Stream>>();
holds<Same<Ours.StreamConfig, Theirs.StreamConfig>>();
holds<Same<WithoutOwn<Ours.CommonCoreConfig>, Theirs.CommonCoreConfig>>();
holds<Same<WithoutOwn<Ours.CoreConfig>, Theirs.CoreConfig>>();
holds<Same<WithoutOwn<Ours.DefinedCoreConfig>, Theirs.DefinedCoreConfig>>();
holds<Same<WithoutOwn<Ours.DynamicCoreConfig>, Theirs.DynamicCoreConfig>>();
holds<Interchangeable<Ours.CommonCoreConfig, Theirs.CommonCoreConfig>>();
holds<Interchangeable<Ours.CoreConfig, Theirs.CoreConfig>>();
holds<Interchangeable<Ours.DefinedCoreConfig, Theirs.DefinedCoreConfig>>();
holds<Interchangeable<Ours.DynamicCoreConfig, Theirs.DynamicCoreConfig>>();
holds<Same<Ours.DynamicStreamConfig, Theirs.DynamicStreamConfig>>();
holds<Same<Ours.DynamicStreamProperties, Theirs.DynamicStreamProperties>>();
holds<Same<Ours.DownloadSource, Theirs.DownloadSource>>();
holds<Same<Ours.SegmentStartDetails, Theirs.SegmentStartDetails>>();
holds<Same<Ours.SegmentErrorDetails, Theirs.SegmentErrorDetails>>();
holds<Same<Ours.SegmentAbortDetails, Theirs.SegmentAbortDetails>>();
holds<Same<Ours.SegmentLoadDetails, Theirs.SegmentLoadDetails>>();
holds<Same<Ours.PeerDetails, Theirs.PeerDetails>>();
holds<Same<Ours.PeerErrorDetails, Theirs.PeerErrorDetails>>();
holds<Same<Ours.TrackerErrorDetails, Theirs.TrackerErrorDetails>>();
holds<Same<Ours.TrackerWarningDetails, Theirs.TrackerWarningDetails>>();
holds<Same<Omit<Ours.CoreEventMap, "onWarning" | "onWarningOver" | "onTrackerReply">, Theirs.CoreEventMap>>();
holds<Same<Ours.RequestAbortErrorType, Theirs.RequestAbortErrorType>>();
holds<Same<Ours.HttpRequestErrorType, Theirs.HttpRequestErrorType>>();
holds<Same<Ours.PeerRequestErrorType, Theirs.PeerRequestErrorType>>();
holds<Same<Ours.RequestErrorType, Theirs.RequestErrorType>>();
holds<Same<Ours.SegmentResponse, Theirs.SegmentResponse>>();
holds<Same<Ours.EngineCallbacks, Theirs.EngineCallbacks>>();
holds<Same<Ours.SegmentStorage, Theirs.SegmentStorage>>();
isNever<Differing<Public<Ours.SegmentStorage>, Public<Theirs.SegmentStorage>>>();

// The error classes, plain and with one type of error.
holds<Same<Ours.RequestError, Theirs.RequestError>>();
holds<Same<Ours.RequestError<"peer-closed">, Theirs.RequestError<"peer-closed">>>();
holds<Same<Ours.CoreRequestError, Theirs.CoreRequestError>>();
holds<Same<typeof Ours.RequestError, typeof Theirs.RequestError>>();
holds<Same<typeof Ours.CoreRequestError, typeof Theirs.CoreRequestError>>();

// Core: its methods, statics and constructor, with streams of an engine's own kind.
// Ours has one more event to listen to: for theirs it is listened in the same way.
type Listens = "addEventListener" | "removeEventListener";
type Core<T extends Record<Listens, Listening>> = Public<Omit<T, Listens>> & Record<Listens, Listening>;
type Listening = Theirs.Core["addEventListener"];
type OwnStream = Ours.Stream & { shakaStream: { id: number } };
isNever<Differing<Core<Ours.Core>, Core<Theirs.Core>>>();
isNever<Differing<Core<Ours.Core<OwnStream>>, Core<Theirs.Core<OwnStream>>>>();
isNever<Differing<Omit<typeof Ours.Core, "prototype">, Omit<typeof Theirs.Core, "prototype">>>();
holds<Same<Omit<typeof Ours.Core, "prototype">, Omit<typeof Theirs.Core, "prototype">>>();
holds<Interchangeable<ConstructorParameters<typeof Ours.Core>, ConstructorParameters<typeof Theirs.Core>>>();

// The values, all of them.
holds<Same<keyof typeof Ours, keyof typeof Theirs>>();
holds<Same<typeof Ours.generateStreamShortId, typeof Theirs.generateStreamShortId>>();
holds<Same<typeof Ours.debug, typeof Theirs.debug>>();
