import type { Metadata } from 'next';
import { demandOperator } from '@/app/_server/demand-operator';
import { type PageAddress, single } from '@/app/_server/search-params';
import { pauseTrainingsAction, resumeTrainingsAction } from '@/app/actions/operator';
import { AuditSummary } from '@/components/operator/audit-summary';
import { MetricsCharts } from '@/components/operator/metrics-charts';
import { MetricsFilter, spans } from '@/components/operator/metrics-filter';
import { MetricsSummary } from '@/components/operator/metrics-summary';
import { ProviderNotices } from '@/components/operator/provider-notices';
import { TrainingSwitch } from '@/components/operator/training-switch';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { SandboxMark } from '@/components/ui/sandbox-mark';
import { getLastAudit } from '@/lib/audit/nightly-audit.ts';
import { env } from '@/lib/env.ts';
import { listProviderTrouble } from '@/lib/lora/list-provider-trouble.ts';
import { getTrainingPause } from '@/lib/lora/pause-trainings.ts';
import { getSuccessMetrics } from '@/lib/metrics/get-success-metrics.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Success metrics' };

export default async function OperatorPage({ searchParams }: PageAddress) {
  await demandOperator(paths.operator());
  const { days: askedDays, source: askedSource } = await searchParams;
  const days = spans.find((span) => String(span) === single(askedDays)) ?? 30;
  const plugged = env().GPU_PROVIDER === 'sandbox' ? 'sandbox' : 'gpu';
  const source =
    (['gpu', 'sandbox'] as const).find((known) => known === single(askedSource)) ?? plugged;
  const [metrics, audit, trouble, pause] = await Promise.all([
    getSuccessMetrics({ days, source }),
    getLastAudit(),
    listProviderTrouble(),
    getTrainingPause(),
  ]);
  return (
    <PageContainer>
      <PageHeading
        title="Success metrics"
        lead="How trainings go for all creators here, against what we promised ourselves. Nobody is named."
        actions={source === 'sandbox' && <SandboxMark />}
      />
      <div className="flex flex-col gap-6">
        <TrainingSwitch
          pause={pause}
          verbs={{ pause: pauseTrainingsAction, resume: resumeTrainingsAction }}
        />
        <ProviderNotices trouble={trouble} />
        <MetricsFilter days={days} source={source} />
        <MetricsSummary
          metrics={metrics}
          sandbox={source === 'sandbox'}
          pricesAsOf={env().GPU_PRICES_AS_OF || null}
        />
        <MetricsCharts series={metrics.series} />
        <AuditSummary audit={audit} />
      </div>
    </PageContainer>
  );
}
