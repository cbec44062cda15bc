/** What rsocket-js 0.0.27 has of types is for Flow; these are the parts that are used here. */
declare module 'rsocket-core' {
  const core: Core
  export default core
  export interface Payload {
    readonly data: Buffer
    readonly metadata?: Buffer
  }
  export interface Single<T> {
    then(resolve: (value: T) => void, reject: (error: Error) => void): void
  }
  export interface RSocket {
    fireAndForget(payload: Payload): void
    requestResponse(payload: Payload): Single<Payload>
  }
  export interface Responder {
    fireAndForget?(payload: Payload): void
    requestResponse?(payload: Payload): unknown
  }
  interface Core {
    readonly BufferEncoders: unknown
    readonly RSocketClient: new (options: object) => { connect(): Single<RSocket> }
    readonly RSocketServer: new (options: { readonly transport: object; getRequestHandler(): Responder }) => {
      start(): void
    }
  }
}
declare module 'rsocket-tcp-client' {
  const module: { default: new (options: object, encoders: unknown) => object }
  export default module
}
declare module 'rsocket-tcp-server' {
  const module: { default: new (options: object, encoders: unknown) => object }
  export default module
}
declare module 'rsocket-flowable' {
  const flowable: { readonly Single: { of(value: unknown): unknown } }
  export default flowable
}
