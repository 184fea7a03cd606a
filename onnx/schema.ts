/**
 * The messages of `onnx.proto` that we read and write, with the field numbers of the ONNX specification
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Fields that are not listed are skipped when read.
 */
import protobuf from 'protobufjs/light.js'

const one = (type: string, id: number) => ({ type, id })
const many = (type: string, id: number) => ({ rule: 'repeated', type, id })
const packed = (type: string, id: number) => ({ rule: 'repeated', type, id, options: { packed: true } })

const root = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: one('int64', 1),
        producerName: one('string', 2),
        producerVersion: one('string', 3),
        graph: one('Graph', 7),
        opsetImport: many('OperatorSet', 8),
        metadataProps: many('Entry', 14),
        // Left as bytes on purpose: functions travel through unchanged.
        functions: many('bytes', 25),
      },
    },
    OperatorSet: { fields: { domain: one('string', 1), version: one('int64', 2) } },
    Entry: { fields: { key: one('string', 1), value: one('string', 2) } },
    Graph: {
      fields: {
        node: many('Node', 1),
        name: one('string', 2),
        initializer: many('Tensor', 5),
        input: many('ValueInfo', 11),
        output: many('ValueInfo', 12),
        valueInfo: many('ValueInfo', 13),
        sparseInitializer: many('bytes', 15),
      },
    },
    Node: {
      fields: {
        input: many('string', 1),
        output: many('string', 2),
        name: one('string', 3),
        opType: one('string', 4),
        attribute: many('Attribute', 5),
        domain: one('string', 7),
        metadataProps: many('Entry', 9),
      },
    },
    Attribute: {
      fields: {
        name: one('string', 1),
        f: one('float', 2),
        i: one('int64', 3),
        s: one('bytes', 4),
        t: one('Tensor', 5),
        g: one('Graph', 6),
        floats: packed('float', 7),
        ints: packed('int64', 8),
        strings: many('bytes', 9),
        tensors: many('Tensor', 10),
        graphs: many('Graph', 11),
        type: one('int32', 20),
      },
    },
    ValueInfo: { fields: { name: one('string', 1), type: one('Type', 2) } },
    Type: { fields: { tensorType: one('TensorType', 1) } },
    TensorType: { fields: { elemType: one('int32', 1), shape: one('TensorShape', 2) } },
    TensorShape: { fields: { dim: many('Dimension', 1) } },
    Dimension: {
      oneofs: { size: { oneof: ['dimValue', 'dimParam'] } },
      fields: { dimValue: one('int64', 1), dimParam: one('string', 2) },
    },
    Tensor: {
      fields: {
        dims: packed('int64', 1),
        dataType: one('int32', 2),
        floatData: packed('float', 4),
        int32Data: packed('int32', 5),
        stringData: many('bytes', 6),
        int64Data: packed('int64', 7),
        name: one('string', 8),
        rawData: one('bytes', 9),
        doubleData: packed('double', 10),
        uint64Data: packed('uint64', 11),
        externalData: many('Entry', 13),
        dataLocation: one('int32', 14),
      },
    },
  },
})

export const ModelMessage = root.lookupType('Model')

/** A 64-bit integer as protobufjs gives and takes it. */
export type Integer = number | protobuf.Long

export interface ModelProto {
  irVersion?: Integer
  producerName?: string
  producerVersion?: string
  graph?: GraphProto | null
  opsetImport?: { domain?: string; version?: Integer }[]
  metadataProps?: EntryProto[]
  functions?: Uint8Array[]
}

export interface EntryProto {
  key?: string
  value?: string
}

export interface GraphProto {
  node?: NodeProto[]
  name?: string
  initializer?: TensorProto[]
  input?: ValueInfoProto[]
  output?: ValueInfoProto[]
  valueInfo?: ValueInfoProto[]
  sparseInitializer?: Uint8Array[]
}

export interface NodeProto {
  input?: string[]
  output?: string[]
  name?: string
  opType?: string
  attribute?: AttributeProto[]
  domain?: string
  metadataProps?: EntryProto[]
}

export interface AttributeProto {
  name?: string
  type?: number
  f?: number
  i?: Integer
  s?: Uint8Array
  t?: TensorProto | null
  g?: GraphProto | null
  floats?: number[]
  ints?: Integer[]
  strings?: Uint8Array[]
  tensors?: TensorProto[]
  graphs?: GraphProto[]
}

export interface ValueInfoProto {
  name?: string
  type?: {
    tensorType?: {
      elemType?: number
      shape?: { dim?: { size?: string; dimValue?: Integer; dimParam?: string }[] } | null
    } | null
  } | null
}

export interface TensorProto {
  dims?: Integer[]
  dataType?: number
  floatData?: number[]
  int32Data?: number[]
  stringData?: Uint8Array[]
  int64Data?: Integer[]
  name?: string
  rawData?: Uint8Array
  doubleData?: number[]
  uint64Data?: Integer[]
  externalData?: EntryProto[]
  dataLocation?: number
}
