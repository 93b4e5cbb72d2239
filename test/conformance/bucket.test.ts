import { THOROUGH, usually } from '../harness/thorough.js';
import { describeLocking } from './locking-promises.js';
import { describePromises } from './promises.js';
import { lockingSubject, realS3Subject, s3Subject, troubled, wrapped } from './subjects.js';

// `npm run test:s3-real` sets these; a server of one's own can be named as well, with its credentials as the SDK finds them.
const { S3_TEST_ENDPOINT, S3_TEST_BUCKET = 'snapback-test' } = process.env;

if (S3_TEST_ENDPOINT === undefined) {
  describePromises('a bucket', s3Subject, { manyKeys: usually(2100, 5000) });
  describePromises('a troubled bucket, retried', () => wrapped(s3Subject(), troubled), {
    manyKeys: usually(400, 1200),
  });
  describeLocking('a bucket that locks', lockingSubject);
  // Beside a real one that does: real-locks.long.test.ts.
  if (THOROUGH) {
    describePromises('a bucket that locks', lockingSubject, { manyKeys: 1200 });
    describeLocking('a bucket that locks for good', () => lockingSubject('compliance'));
  }
} else {
  const real = () => realS3Subject(S3_TEST_ENDPOINT, S3_TEST_BUCKET);
  describePromises('a real bucket', real, { manyKeys: 5000 });
  describePromises('a troubled real bucket, retried', () => wrapped(real(), troubled), { manyKeys: 1200 });
}
