/** Nothing leaves the origin, and nobody frames us but `ancestors`. Room secrets are in addresses, so no referrer is ever sent. */
export function securityHeaders(publicUrl: string | null, ancestors: readonly string[] = []) {
  const isSecure = publicUrl?.startsWith('https:') ?? false
  return {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        frameSrc: ["'none'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ancestors.length ? [...ancestors] : ["'none'"],
      },
    },
    // It knows no list: where somebody may frame us, the policy above says who.
    xFrameOptions: ancestors.length === 0,
    hsts: isSecure,
    referrerPolicy: { policy: 'no-referrer' as const },
    crossOriginEmbedderPolicy: false,
    // Over plain HTTP a browser ignores both, and complains of it for each page.
    crossOriginOpenerPolicy: isSecure,
    originAgentCluster: isSecure,
  }
}
