// Makes the vault's bucket on the S3 server of this deployment; does nothing when it is there. Runs in the image, which has the SDK.
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';

const { VAULT_S3_ENDPOINT: endpoint, VAULT_S3_BUCKET: Bucket, VAULT_S3_REGION: region = 'us-east-1' } = process.env;
const s3 = new S3Client({ endpoint, region, forcePathStyle: true });

try {
  await s3.send(new HeadBucketCommand({ Bucket }));
} catch (error) {
  if (error.$metadata?.httpStatusCode !== 404) throw error;
  await s3.send(new CreateBucketCommand({ Bucket }));
}
console.log(`The bucket ${Bucket} is there.`);
