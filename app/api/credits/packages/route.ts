import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { routeHandlers } from '@/app/_server/route-handlers';
import { operations } from '@/lib/api/rules/catalogue.ts';
import { packageTable } from '@/lib/credits/rules/packages.ts';

export const { GET, POST, PUT, PATCH, DELETE } = routeHandlers({
  GET: creatorEndpoint(operations.listPackages, async () => ({
    currency: packageTable.currency,
    packages: packageTable.packages.map(({ id, credits, amountCents }) => ({
      id,
      credits,
      amountCents,
    })),
  })),
});
