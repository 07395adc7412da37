# The compiler runs where it was made for; what it makes is the same on every system.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.ts scripts/build-page.ts scripts/
COPY projections projections
COPY src src
RUN node scripts/build.ts
# What runs: no compiler, no tests; LDK, a development dependency, is kept for `demo` and `record ldk`.
RUN mv node_modules/lightningdevkit /ldk \
  && npm ci --omit=dev --ignore-scripts \
  && mv /ldk node_modules/lightningdevkit

FROM node:24.21.0-alpine
WORKDIR /app
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json ./
COPY bin bin
COPY projections/server projections/server
# The only place that is written to: ledgers, replicas and their keys (HOME is where they go by default).
RUN ln -s /app/bin/channel-ledger.js /usr/local/bin/channel-ledger && install -d -o node -g node -m 700 /data
USER node
ENV NODE_ENV=production HOME=/data CHANNEL_LEDGER=/data/ledger.db
VOLUME /data
# Whether the program starts at all; a service that has a ledger in a file asks that (docker-compose.yml).
HEALTHCHECK --interval=60s --timeout=15s CMD ["channel-ledger", "--version"]
ENTRYPOINT ["channel-ledger"]
CMD ["--help"]
