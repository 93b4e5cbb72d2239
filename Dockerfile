# The service, API and worker alike. It has PostgreSQL's client programs and no server: DATABASE_URL is required.
#
#   docker build -t snapback .
#   docker build -t snapback --build-arg POSTGRESQL_VERSIONS="16 17" .   only the majors your servers have
#   docker build -t snapback --build-arg POSTGRESQL_VERSIONS="" .        Debian's own client, which is version 15
#
# pg_dump reads servers of its own major version and older ones, and pg_restore should be of the server's own: so the clients of all
# majors that PostgreSQL supports stand side by side, from its package repository (apt.postgresql.org), and Snapback takes the one that
# fits. Each takes some 10 MB.
#
# It runs as an ordinary user and writes below DATA_DIR and /tmp alone, so the root file system may be read-only
# (`docker run --read-only`). `npm run test:image` takes the steps below on a machine without a container engine, and runs what they make.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY openapi.yaml tsconfig.json tsconfig.build.json LICENSE CHANGELOG.md CONTRIBUTING.md ./
COPY scripts/build.mjs scripts/
COPY sdk/typescript sdk/typescript
COPY cli cli
COPY console console
COPY src src
# The guide, which is served at /guide, is made of what else there is to read.
COPY docs docs
COPY guide guide
COPY deploy/README.md deploy/
COPY deploy/helm/snapback/README.md deploy/helm/snapback/
COPY deploy/systemd/README.md deploy/systemd/
COPY examples/README.md examples/
COPY sdk/go/README.md sdk/go/
COPY sdk/python/README.md sdk/python/
RUN npm run build -- --to built

FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image is Node 24, so the one that npm brings for older machines goes. `--omit=optional` would be shorter, but
# takes the compiled half of koffi along.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:24-bookworm-slim
ARG POSTGRESQL_VERSIONS="14 15 16 17 18"
RUN set -eu; \
    get() { apt-get install -y --no-install-recommends "$@"; }; \
    apt-get update; \
    get ca-certificates; \
    if [ -z "$POSTGRESQL_VERSIONS" ]; then \
      get postgresql-client; \
    else \
      get postgresql-common; \
      /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y; \
      get $(printf 'postgresql-client-%s ' $POSTGRESQL_VERSIONS); \
      apt-get purge -y --auto-remove postgresql-common; \
      rm /etc/apt/sources.list.d/pgdg.sources; \
    fi; \
    rm -rf /var/lib/apt/lists/*
# As this user restored files belong to it. To give them their own owners the worker has to run as root
# (docs/environments.md says when that matters).
RUN install -d -o node -g node -m 700 /var/lib/snapback /var/lib/snapback/exports
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/built dist
RUN ln -s /app/dist/src/vault.cli.js /usr/local/bin/snapback-vault \
    && ln -s /app/dist/src/migrate.cli.js /usr/local/bin/snapback-migrate \
    && ln -s /app/dist/src/quotas.cli.js /usr/local/bin/snapback-quotas \
    && ln -s /app/dist/cli/snapback.mjs /usr/local/bin/snapback
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 METRICS_HOST=0.0.0.0 METRICS_PORT=9464 DATA_DIR=/var/lib/snapback
USER node
# All that is ever written to. Captures and restores keep in /tmp what does not go into memory.
VOLUME ["/var/lib/snapback", "/tmp"]
EXPOSE 3000 9464
# Of API and worker alike, at the address that they listen on. Without METRICS_PORT an API is asked where it answers requests; of a worker there is nothing
# to see then.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "const { METRICS_PORT, METRICS_HOST, ROLE, PORT, HOST } = process.env; if (!METRICS_PORT && ROLE === 'worker') process.exit(0); const at = (host) => (!host || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? '[' + host + ']' : host); fetch('http://' + (METRICS_PORT ? at(METRICS_HOST) + ':' + METRICS_PORT + '/health/ready' : at(HOST) + ':' + PORT + '/api/v1/health/ready')).then((response) => process.exit(response.ok ? 0 : 1), () => process.exit(1))"]
# Garbage is collected more often and in smaller steps: 50 MB less in memory during a capture, and no slower.
CMD ["node", "--max-semi-space-size=4", "dist/src/main.js"]
