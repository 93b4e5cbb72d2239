import { Select } from '../ui/select.js';
import { useEnvironmentsOf, useProjects } from './use-projects.js';

interface ChoiceProps {
  value: string | undefined;
  onChoose: (id: string | undefined) => void;
}

/** @param all what stands for none of them; left out where there has to be one */
export function ProjectChoice({ value, onChoose, all }: ChoiceProps & { all?: string }) {
  const projects = useProjects().all.map(({ id, name }) => ({ value: id, label: name }));
  const choices = all === undefined ? projects : [{ value: '', label: all }, ...projects];
  return (
    <Select
      label="Project"
      value={value ?? ''}
      choices={choices}
      onChoose={(id) => onChoose(id === '' ? undefined : id)}
    />
  );
}

export function EnvironmentChoice({ value, onChoose, projectId }: ChoiceProps & { projectId: string | undefined }) {
  const environments = useEnvironmentsOf(projectId).all.map(({ id, name }) => ({ value: id, label: name }));
  const all = { value: '', label: projectId === undefined ? 'Choose a project first' : 'All environments' };
  return (
    <Select
      label="Environment"
      value={value ?? ''}
      choices={[all, ...environments]}
      disabled={projectId === undefined && value === undefined}
      onChoose={(id) => onChoose(id === '' ? undefined : id)}
    />
  );
}
