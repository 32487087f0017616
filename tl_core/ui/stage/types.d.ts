// What Python and the components say to each other, and what their files hand around.

import type { FrontendRendererArgs } from '@streamlit/component-v2-lib'

/** What Streamlit calls a component with; `State` is what it reports, by the name of its callback. */
export type Call<Data, State extends Record<string, unknown> = Record<string, never>> =
  FrontendRendererArgs<State, Data>
/** Where on the page a component is. */
export type Place = Call<unknown>['parentElement']
/** One component on the page: gets each call, and takes itself away. */
export interface Living<Args> {
  receive(call: Args): void
  leave(): void
}
/** Sentences by name; the browser fills their placeholders. */
export type Texts = Record<string, string>
/** A row and a column, from 0. */
export type Pair = [number, number]
/** x, y, width and height in CSS pixels. */
export type Frame = [number, number, number, number]
/** A value that Python and the browser may both set; see `Memory` in component.py. */
export interface Shared<Value> {
  turn: number
  value: Value
}

// --------------------------------------------------------------------------------- arrays on the wire

export type Numbers = Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>
/** Where the numbers of an array are; without `at` the browser has them. */
export interface Entry {
  digest: string
  kind: 'uint8' | 'int32' | 'float32'
  shape: number[]
  at?: number
}
export interface Packed {
  key: string
  arrays: Record<string, Entry>
  numbers: Uint8Array<ArrayBuffer>
}
export interface Held<Values = Numbers> {
  values: Values
  shape: number[]
}

// ------------------------------------------------------------------------------------------ the stage

/** One direction of a layer: the sizes of `_slid` and `_stamped` in stage.py. */
export interface Axis {
  size: number
  kernel: number
  stride: number
  dilation: number
  before: number
  padded: number
  output: number
  dropped: number
  reach: number
  crop: number
}
export interface Layer {
  mode: 'convolve' | 'transpose' | 'max' | 'average'
  rows: Axis
  columns: Axis
  bias: number
  constant: number
}
export interface Colours {
  weights: string
  activations: string
  padding: string
}
export interface StageData extends Layer, Packed {
  pin: Shared<Pair | null>
  colours: Colours
  flip: boolean
  text: Texts
}
export interface StageState extends Record<string, unknown> {
  pin: Shared<Pair | null>
  missing: boolean
}
export interface LayerArrays {
  image: Held
  result: Held<Float32Array>
  rowSource: Held<Int32Array>
  columnSource: Held<Int32Array>
  weights?: Held<Float32Array>
}
export interface StageArrays extends LayerArrays {
  resultPixels: Held<Uint8Array>
  imagePixels?: Held<Uint8Array>
  scale: Held<Uint8Array>
}
/** One grid of products: a part of the kernel on a channel of the image. */
export interface Term {
  part: number
  channel: number
  weights: Float32Array | null
  products: Float32Array | Float64Array
  sum: number
  winner: number
}
/** The theme of the page, as far as the stage draws with it. */
export interface Look extends Colours {
  text: string
  background: string
  font: string
}

// ------------------------------------------------------------------------------- the other components

export interface FilterData {
  weights: string
  shape: number[]
  colour: boolean
}
export interface CameraData extends FilterData {
  view: string
  scale: string
  text: Texts
}
export type WebcamState = 'off' | 'waiting' | 'running' | 'insecure' | 'denied' | 'absent' | 'busy' | 'ended' | 'unread'
export interface SnapshotData {
  /** How large a photo may be, in bytes. */
  most_bytes: number
  text: Texts
}
export interface SnapshotState extends Record<string, unknown> {
  photo: string
}
export interface PaintData {
  rows: number
  columns: number
  painting: Shared<string>
  colour: string
  text: Texts
}
export interface PaintState extends Record<string, unknown> {
  painting: Shared<string>
}
export interface PickData {
  token: string
  sheet: string
  names: string[]
  columns: number
  text: Texts
}
export interface PickState extends Record<string, unknown> {
  picked: { token: string; places: number[] }
}
export interface RecorderData {
  target: string
  title: string
  count: number
  samples: number
  rate: number
  received: { session: number; batch: number }
  text: Texts
}
export interface Batch {
  session: number
  batch: number
  target: string
  frames: string[]
}
export interface RecorderState extends Record<string, unknown> {
  frames: Batch
}
/** A file that is loaded in pieces, see pieces.py and served.py. */
export interface PackedFile {
  folder: string
  digest: string
  pieces: number
  size: number
}
/** The network of the live view, see live.py. */
export interface LiveData extends Packed {
  /** Whose classes these are. */
  of: string
  /** Whether a head of its own follows (`features`), or it ends in shares. */
  part: 'features' | 'whole' | 'imagenet'
  constant: number | null
  size: number
  names: string[]
  colours: string[]
  /** How many classes are shown. */
  most: number
  /** How large an exact picture may be. */
  most_bytes: number
  programs: Record<string, PackedFile>
  network: PackedFile
  text: Texts
}
export interface LiveState extends Record<string, unknown> {
  frame: string
  missing: boolean
}
export interface MatrixData {
  counts: number[][]
  names: string[]
  chosen: Pair | null
  colours: Record<'right' | 'wrong', string>
  text: Texts
}
export interface MatrixState extends Record<string, unknown> {
  chosen: Pair
}
/** A photo with a square over it; places and lengths in per cent of the photo's side. */
export interface SpotData {
  /** A data URL. */
  photo: string
  /** Of the square's middle, from the left and from the top. */
  place: Pair
  side: number
  colour: string
  text: Texts
}
export interface SpotState extends Record<string, unknown> {
  place: Pair
}
/** What an uploader's own words are replaced by; see uploads.py. */
export interface UploadData {
  /** The uploader's key; another one after each upload. */
  target: string
  /** Bytes of one file. */
  limit: number
  folder: boolean
  one: boolean
  /** So many files are better sent as a zip. */
  many: number
  arrived: { of: string; count: number } | null
  text: Texts
  uploader: Uploader
}
/** What stands in the uploader itself. */
export interface Uploader {
  choose: string
  chooseFolder: string
  drop: string
  dropMany: string
  dropFolder: string
  limit: string
  remove: string
}
export interface UploadState extends Record<string, unknown> {
  failed: string
}
/** What somebody chose for an uploader. */
export interface Chosen {
  of: string
  limit: number
  single: boolean
  count: number
  name: string
  large: number
  largest: string
  /** What the server answered to each file so far; 0 where there was no answer. */
  statuses: number[]
  since: number
  /** Whether the lab has not answered at all. */
  silent: boolean
}

// ---------------------------------------------------------------------------------------- the visitor

/** Who this browser is, for the lab: see visitor.py. */
export interface VisitorData {
  secret: string
  /** That the teacher's key was given; empty without. */
  proof: string
  /** The lab has made the secret just now: one that the browser kept before holds. */
  fresh: boolean
  /** What leaves the address, by its name in it; empty for nothing. */
  leave: string
}
export interface VisitorState extends Record<string, unknown> {
  kept: { secret: string; proof: string }
}
export interface StepsState extends Record<string, unknown> {
  /** The browser's history has its steps from now on. */
  kept: boolean
}
