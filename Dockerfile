FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=optional
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

# Apart, so that neither the compiler nor the embedded PostgreSQL leaves anything behind.
FROM node:24-trixie-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:24-trixie-slim
# wireguard-go stands in where the kernel has no WireGuard; wg-quick takes the kernel's where it has.
RUN apt-get update \
  && apt-get install -y --no-install-recommends iproute2 wireguard-go wireguard-tools \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE entrypoint.sh ./
ARG REVISION=
ENV NODE_ENV=production REVISION=$REVISION
LABEL org.opencontainers.image.title="pglatency" \
  org.opencontainers.image.description="PostgreSQL latency, measured from every region, all the time" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.revision=$REVISION
EXPOSE 8080
STOPSIGNAL SIGTERM
# The process, never the database: a database that is down must not restart what reports it.
HEALTHCHECK --interval=15s --timeout=3s --start-period=45s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# As root, to bring the tunnel up; the entrypoint then becomes the user "node", for good.
ENTRYPOINT ["/app/entrypoint.sh"]
CMD ["serve"]
