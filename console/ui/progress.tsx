import { count, bytes } from './amounts.js';

interface ProgressProps {
  /** 0 to 100; null: nobody knows yet. */
  percent: number | null;
  label: string;
  processedBytes?: number | null;
  totalBytes?: number | null;
}

export function Progress({ percent, label, processedBytes = null, totalBytes = null }: ProgressProps) {
  return (
    <div>
      <div className="mb-1 flex justify-between gap-4 text-sm">
        <span>{label}</span>
        <span className="numbers text-soft">
          {processedBytes !== null &&
            totalBytes !== null &&
            totalBytes > 0 &&
            `${bytes(processedBytes)} of ${bytes(totalBytes)} · `}
          {percent === null ? '' : `${count(Math.floor(percent))} %`}
        </span>
      </div>
      <progress
        max={100}
        {...(percent !== null && { value: percent })}
        aria-label={label}
        className="block h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-info [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-info [&::-webkit-progress-value]:transition-all"
      />
    </div>
  );
}
