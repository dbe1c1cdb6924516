# What it is built on. A release names it by its digest: docs/deploy/releases.md.
ARG BASE=node:24-trixie-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build
COPY package.json LICENSE entrypoint.sh healthcheck.js out/
COPY prometheus/rules out/prometheus/rules
# Whatever the umask of the clone: everybody reads, nobody writes.
RUN mv dist out/ && chmod -R a+rX,go-w out && chmod 755 out/entrypoint.sh out/dist/cli.js

# Apart, so that neither the compiler nor the embedded PostgreSQL leaves anything behind.
FROM ${BASE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM ${BASE}
# wireguard-go stands in where the kernel has no WireGuard; wg-quick takes the kernel's where it has.
# tini hears a stop also while Node.js is still loading, which as process 1 would not.
RUN apt-get update \
  && apt-get install -y --no-install-recommends iproute2 tini wireguard-go wireguard-tools \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/out ./
ARG REVISION=
ARG VERSION=
ARG SOURCE=
ENV NODE_ENV=production REVISION=$REVISION
LABEL org.opencontainers.image.title="pglatency" \
  org.opencontainers.image.description="PostgreSQL latency, measured from every region, all the time" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version=$VERSION \
  org.opencontainers.image.source=$SOURCE \
  org.opencontainers.image.revision=$REVISION
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=3s --start-period=45s CMD ["node", "/app/healthcheck.js"]
# As root, to bring a tunnel up where one is wanted; the entrypoint then becomes the user "node", for good.
ENTRYPOINT ["tini", "-s", "--", "/app/entrypoint.sh"]
CMD ["serve"]
