/**
 * What people may ask for and bring: the one place for each number. Engine and studio enforce them, messages of errors
 * name them, Discord's options, pages and the command line stay within them.
 */
export const limits = {
  /** One Socket.IO message; a larger one closes the socket. Uploads go over HTTP. */
  maxMessageBytes: 512 * 1024,
  maxElements: 20_000,
  /** Of the key that says what lies above what; a thousand strokes on top of each other need three. */
  maxDepthCharacters: 64,
  /** Scene units; nothing lies farther out. */
  maxCoordinate: 1_000_000,
  maxPointsPerStroke: 10_000,
  /** Of the outline of a filled area. */
  maxAreaPoints: 2_000,
  /** All ink of a room: about 15 MB for whoever comes in. */
  maxPointsPerRoom: 1_000_000,
  /** Of what a replay plays, packed; beyond it the oldest is dropped. */
  maxArchivedBytesPerRoom: 16 * 1024 * 1024,
  maxPointsPerMessage: 2_000,
  maxOperationsPerMessage: 200,
  maxIdsPerOperation: 1_000,
  /** Elements that one operation moves, scales or orders. */
  maxArranged: 2_000,
  maxBrushSize: 400,
  /** Of one room. */
  maxPaletteColors: 24,
  maxPromptCharacters: 1_000,
  maxSteps: 50,
  /** Of one Discord server: together they fit into a form of Discord, 4000 characters. */
  maxBlockedWords: 100,
  maxBlockedWordCharacters: 39,
  minGuidance: 1,
  maxGuidance: 20,
  /** Parts of one picture with prompts of their own. */
  maxRegions: 8,
  maxRegionWeight: 10,
  /** How much a second pass at twice the side may change. */
  maxUpscaleStrength: 0.4,
  /** σ of the Gaussian that softens a mask, in pixels. */
  maxMaskBlur: 64,
  /** The largest of 32 bits, as torch's generator takes them. */
  maxSeed: 2 ** 32 - 1,
  /** Of one request. */
  maxPicturesAtOnce: 4,
  /** First steps of other seeds that are shown beside each other. */
  sketchedSeeds: 9,
  /** Of a picture with more, some are left out. */
  maxShownSteps: 10,
  maxNameCharacters: 40,
  /** Whom one message may ask about. */
  maxPeopleFound: 100,
  maxRoomNameCharacters: 80,
  maxUploadBytes: 10 * 1024 * 1024,
  /** Of a file in a message of Discord's, wherever it is sent. */
  maxDiscordFileBytes: 10 * 1024 * 1024,
  /** A request that is not an upload: four example prompts, however they are escaped, need 48 kB. */
  maxJsonBytes: 64 * 1024,
  /** Of an upload that stay in memory; the rest of it goes to a file until it is read. */
  maxUploadBytesInMemory: 64 * 1024,
  /** An upload that has brought nothing for so long is given up. */
  uploadIdleMs: 20_000,
  /** A request with its headers, and with its whole body. */
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 300_000,
  /** Read and thrown away of a body that was refused, so that the answer arrives before the line is cut. */
  maxDiscardedBytes: 128 * 1024 * 1024,
  discardMs: 30_000,
  /** Pixels on a side of a picture that a person brings, as it is stored; larger ones are scaled down to it. */
  maxImageSide: 4_096,
  /** Of a picture that a person brings, before it is scaled: a camera's 48 megapixels pass, an image bomb does not. */
  maxBroughtImageSide: 12_000,
  maxBroughtImagePixels: 60_000_000,
  /** Each is a canvas as large as its frame on every page. */
  maxLayersPerFrame: 8,
  minFrameSize: 64,
  maxFrameSize: 2_048,
  /** Results kept per frame. */
  maxResultsPerFrame: 20,
  /** Previews on their way to one browser; the next waits for an acknowledgement, newest first. */
  previewWindow: 2,
  maxStylesPerFrame: 3,
  maxStyleWeight: 1.5,
  /** Of a style's picture, and of an operator's reason to disable a style. */
  maxCaptionCharacters: 200,
  maxStyleNameCharacters: 40,
  maxExamplePrompts: 4,
  /** A drawing as JSON, with its images. */
  maxDrawingFileBytes: 64 * 1024 * 1024,
  /** A .safetensors file. */
  maxStyleFileBytes: 64 * 1024 * 1024,
  operationsPerSecond: 120,
  /** Socket.IO connections of this server, before anybody is known. */
  maxConnections: 5_000,
  /** Sent to one page and not read by it: some ten seconds of a room with twenty pens. */
  maxUnsentBytes: 2 * 1024 * 1024,
} as const
