# syntax=docker/dockerfile:1
# Fourstroke as an image: everything is built here, and the program runs as a normal user on a file system that it cannot
# write but for /data. How it is run: docs/operating.md.

FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev && sh tools/trimModules.sh

FROM node:20-bookworm-slim
# For backups of PostgreSQL: --build-arg POSTGRESQL_CLIENT=1
ARG POSTGRESQL_CLIENT=
# hadolint ignore=DL3008
RUN if [ -n "$POSTGRESQL_CLIENT" ]; then \
      apt-get update && apt-get install -y --no-install-recommends postgresql-client && rm -rf /var/lib/apt/lists/*; \
    fi && install -d -o node -g node /data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/bin bin
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/prisma/migrations prisma/migrations
COPY --from=build /app/models/fourstroke-256 models/fourstroke-256
COPY --from=build /app/dist dist
# Two arenas of glibc: each of some sixteen threads had its own before, full of what was free (80 MB with fifty guests).
ENV NODE_ENV=production FOURSTROKE_DATA=/data PORT=3000 MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072
VOLUME /data
EXPOSE 3000
# The user `node` of the image, by number, so that Kubernetes can see that it is not root.
USER 1000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/fourstroke.js"]
CMD ["start"]
