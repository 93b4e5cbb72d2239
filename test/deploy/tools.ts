import { goModuleFiles } from '../../scripts/toolchains/go-module.js';
import { goProgram } from '../../scripts/toolchains/go-program.js';
import { missing } from '../../scripts/toolchains/tools.js';

/** Programs and schemas that these tests need: built or fetched once, by Go. They fail where they cannot be had. */
export const helm = () => program('helm.sh/helm/v4/cmd/helm', 'v4.3.1');
export const caddy = () => program('github.com/caddyserver/caddy/v2/cmd/caddy', 'v2.11.9');
export const versitygw = () => program('github.com/versity/versitygw/cmd/versitygw', 'v1.8.0');
export const kubeconform = () => program('github.com/yannh/kubeconform/cmd/kubeconform', 'v0.8.0');
export const promtool = () => program('github.com/prometheus/prometheus/cmd/promtool', 'v0.316.0');

/** Swagger of Kubernetes itself. */
export const kubernetes = () => files('k8s.io/kubernetes', 'v1.36.3', 'api/openapi-spec/swagger.json');
/** Folders of CustomResourceDefinitions. */
export const prometheusOperator = () =>
  files('github.com/prometheus-operator/prometheus-operator', 'v0.85.0', 'example/prometheus-operator-crd');
export const gatewayApi = () => files('sigs.k8s.io/gateway-api', 'v1.6.3', 'config/crd/standard');
/** JSON schema. */
export const composeSpec = () => files('github.com/compose-spec/compose-go/v2', 'v2.16.2', 'schema/compose-spec.json');

async function program(path: string, version: string): Promise<string> {
  needGo();
  return goProgram(path, version);
}

async function files(module: string, version: string, path: string): Promise<string> {
  needGo();
  return `${await goModuleFiles(module, version, [path])}/${path}`;
}

function needGo(): void {
  const [lacks] = missing(['go']);
  if (lacks !== undefined)
    throw new Error(`This needs ${lacks}, from https://go.dev/dl or as the package golang-go of Debian.`);
}
