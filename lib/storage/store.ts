import { env } from '../env.ts';
import { createS3Storage } from './s3.ts';

type Store = ReturnType<typeof createS3Storage>;

const shared = globalThis as { likenessStore?: Store };

/** The process' one object store, as the S3_* settings name it; opened at first use. */
export function store(): Store {
  shared.likenessStore ??= createS3Storage({
    endpoint: env().S3_ENDPOINT || undefined,
    publicEndpoint: env().S3_PUBLIC_ENDPOINT || undefined,
    region: env().S3_REGION,
    bucket: env().S3_BUCKET,
    accessKeyId: env().S3_ACCESS_KEY_ID,
    secretAccessKey: env().S3_SECRET_ACCESS_KEY,
    forcePathStyle: env().S3_FORCE_PATH_STYLE,
  });
  return shared.likenessStore;
}
