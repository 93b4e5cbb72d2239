import { Download } from '../downloads/download.js';
import type { DownloadOptions } from '../downloads/download.js';
import { fileSource, queryOf } from '../downloads/file-source.js';
import type { FilePath } from '../downloads/file-source.js';
import {
  snapshotCompare,
  snapshotDefinitionChangeList,
  snapshotFileChangeList,
  snapshotFileList,
  snapshotFileView,
  snapshotTableChangeList,
  snapshotTableList,
} from '../generated/sdk.gen.js';
import type {
  DefinitionChange,
  DefinitionChangePage,
  FileChange,
  FileChangePage,
  SnapshotCompareData,
  SnapshotComparison,
  SnapshotDefinitionChangeListData,
  SnapshotFile,
  SnapshotFileChangeListData,
  SnapshotFileListData,
  SnapshotFilePage,
  SnapshotTable,
  SnapshotTableChangeListData,
  SnapshotTableListData,
  SnapshotTablePage,
  TableChange,
  TableChangePage,
} from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, Filters, ListOptions, ViewOptions } from '../requests/calls.js';
import type { RetryPolicy } from '../requests/retrying-fetch.js';
import type { Streams } from '../streams/streams.js';

/** Looking into a snapshot: its tables, the files of its filestore, and what is not the same in another one. */
export class Contents {
  constructor(
    private readonly calls: Calls,
    private readonly streams: Streams,
    private readonly policy: RetryPolicy,
  ) {}

  /** By schema and name. */
  tables(
    environmentId: string,
    snapshotId: string,
    filters: Filters<SnapshotTableListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<SnapshotTable, SnapshotTablePage> {
    const path = { environmentId, snapshotId };
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => snapshotTableList({ ...means, path, query }), options);
    }, pageSize);
  }

  /** What is in a directory, by name; with `search`, what has that in its name there and below. */
  files(
    environmentId: string,
    snapshotId: string,
    filters: Filters<SnapshotFileListData> = {},
    { pageSize, ...options }: ListOptions = {},
  ): Pages<SnapshotFile, SnapshotFilePage> {
    const path = { environmentId, snapshotId };
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => snapshotFileList({ ...means, path, query }), options);
    }, pageSize);
  }

  /** One file, directory or symbolic link as it was captured. */
  file<O extends ViewOptions>(environmentId: string, snapshotId: string, at: FilePath, options?: O) {
    const path = { environmentId, snapshotId };
    return this.calls.view<SnapshotFile, O>(
      (means) => snapshotFileView({ ...means, path, query: queryOf(at) }),
      options,
    );
  }

  /** The bytes of a file, of any size. Of a production environment this takes `environments:write`. */
  download(environmentId: string, snapshotId: string, at: FilePath, options?: DownloadOptions): Promise<Download> {
    const { client } = this.streams;
    const { attempts } = options ?? {};
    return Download.begin(fileSource(client, { environmentId, snapshotId }, at), this.policy, {
      ...this.streams.options(options),
      ...(attempts !== undefined && { attempts }),
    });
  }

  /** What has changed from this snapshot to another one of the same project, counted. Changes of rows are in `tableChanges`. */
  compare<O extends ViewOptions>(
    environmentId: string,
    snapshotId: string,
    query: Filters<SnapshotCompareData>,
    options?: O,
  ) {
    const path = { environmentId, snapshotId };
    return this.calls.view<SnapshotComparison, O>((means) => snapshotCompare({ ...means, path, query }), options);
  }

  /** Objects of the database that are not the same in both, by kind and name, each with a unified diff. */
  definitionChanges(
    environmentId: string,
    snapshotId: string,
    filters: Filters<SnapshotDefinitionChangeListData>,
    { pageSize, ...options }: ListOptions = {},
  ): Pages<DefinitionChange, DefinitionChangePage> {
    const path = { environmentId, snapshotId };
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => snapshotDefinitionChangeList({ ...means, path, query }), options);
    }, pageSize);
  }

  /** Tables whose rows are not the same in both, by schema and name. */
  tableChanges(
    environmentId: string,
    snapshotId: string,
    filters: Filters<SnapshotTableChangeListData>,
    { pageSize, ...options }: ListOptions = {},
  ): Pages<TableChange, TableChangePage> {
    const path = { environmentId, snapshotId };
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => snapshotTableChangeList({ ...means, path, query }), options);
    }, pageSize);
  }

  /** Files, directories and symbolic links that are not the same in both, by directory and name. */
  fileChanges(
    environmentId: string,
    snapshotId: string,
    filters: Filters<SnapshotFileChangeListData>,
    { pageSize, ...options }: ListOptions = {},
  ): Pages<FileChange, FileChangePage> {
    const path = { environmentId, snapshotId };
    return new Pages((page) => {
      const query = { ...filters, ...page };
      return this.calls.run((means) => snapshotFileChangeList({ ...means, path, query }), options);
    }, pageSize);
  }
}
