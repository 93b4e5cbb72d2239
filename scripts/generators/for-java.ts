import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { delimiter } from 'node:path';
import { execute } from '../toolchains/execute.js';
import type { Generator } from './generator.js';
import { openapiGenerator, OPENAPI_GENERATOR } from './openapi-generator.js';

const CLASSPATH = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

export const FOR_JAVA: readonly Generator[] = [
  {
    ...OPENAPI_GENERATOR,
    name: 'openapi-generator-java',
    compiler: ['java', 'maven'],
    program: 'openapi-generator-java.java',
    sendsNull: true,
    bearsNewer: true,
    remark: 'Java 11, Jackson. `library=native`, `enumUnknownDefaultCase=true`, `useOneOfDiscriminatorLookup=true`.',
    generate: (place) =>
      openapiGenerator(place, 'java', {
        ...{ enumUnknownDefaultCase: 'true', useOneOfDiscriminatorLookup: 'true' },
        ...{ library: 'native', invokerPackage: 'io.snapback.client' },
        ...{ apiPackage: 'io.snapback.client.api', modelPackage: 'io.snapback.client.model' },
        ...{ groupId: 'io.snapback', artifactId: 'snapback-client', artifactVersion: '0.1.0' },
      }),
    compile: async ({ directory, program }) => {
      const client = join(directory, 'client');
      await mkdir(join(client, 'src/main/java/com/example'), { recursive: true });
      await cp(program, join(client, 'src/main/java/com/example/Program.java'));
      return execute({ run: ['mvn', '--batch-mode', '--quiet', 'compile', CLASSPATH], cwd: client });
    },
    job: async ({ directory }) => {
      const target = join(directory, 'client', 'target');
      const classpath = [join(target, 'classes'), join(target, 'dependency', '*')].join(delimiter);
      return { run: ['java', '-cp', classpath, 'com.example.Program'] };
    },
  },
];
