package com.example;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.snapback.client.ApiClient;
import io.snapback.client.ApiException;
import io.snapback.client.api.DeploymentsApi;
import io.snapback.client.api.EnvironmentsApi;
import io.snapback.client.api.ProjectsApi;
import io.snapback.client.api.RollbacksApi;
import io.snapback.client.api.SnapshotsApi;
import io.snapback.client.model.DatabaseConnection;
import io.snapback.client.model.DatabaseConnectionView;
import io.snapback.client.model.DatabaseInput;
import io.snapback.client.model.DeploymentDetails;
import io.snapback.client.model.DeploymentStatus;
import io.snapback.client.model.EnvironmentCreate;
import io.snapback.client.model.EnvironmentType;
import io.snapback.client.model.Problem;
import io.snapback.client.model.ProjectCreate;
import io.snapback.client.model.ProjectUpdate;
import io.snapback.client.model.RollbackRequest;
import io.snapback.client.model.SnapshotCreate;
import io.snapback.client.model.SnapshotDetails;
import io.snapback.client.model.SnapshotStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** The main job with the client that openapi-generator makes for Java's own HTTP client. */
public final class Program {
  private static final ObjectMapper JSON = ApiClient.createDefaultObjectMapper();
  /** What the client sends leaves out what is null; what we print does not. */
  private static final ObjectMapper PRINTED = JSON.copy().setSerializationInclusion(JsonInclude.Include.ALWAYS);

  public static void main(String[] arguments) throws Exception {
    System.out.println(PRINTED.writeValueAsString(doTheJob(clientOf(System.getenv()), System.getenv())));
  }

  private static ApiClient clientOf(Map<String, String> told) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(told.get("SNAPBACK_URL"));
    client.setRequestInterceptor(
        request -> request.header("Authorization", "Bearer " + told.get("SNAPBACK_TOKEN")));
    return client;
  }

  private static Map<String, Object> doTheJob(ApiClient client, Map<String, String> told) throws Exception {
    var projects = new ProjectsApi(client);
    var environments = new EnvironmentsApi(client);
    var snapshots = new SnapshotsApi(client);
    var deployments = new DeploymentsApi(client);

    var project =
        projects.projectCreate(
            new ProjectCreate().name(told.get("PROJECT_NAME")).description("made by a generated client"));
    var connection =
        new DatabaseConnection()
            .kind(DatabaseConnection.KindEnum.CONNECTION)
            .host(told.get("DATABASE_HOST"))
            .port(Integer.valueOf(told.get("DATABASE_PORT")))
            .database(told.get("DATABASE_NAME"))
            .user(told.get("DATABASE_USER"))
            .password(told.get("DATABASE_PASSWORD"));
    var created =
        environments.environmentCreate(
            project.getId(),
            new EnvironmentCreate()
                .name("production")
                .type(EnvironmentType.PRODUCTION)
                .database(new DatabaseInput(connection))
                .filestorePath(told.get("FILESTORE")),
            null);
    var environment = environments.environmentView(project.getId(), created.getId(), null);
    UUID environmentId = environment.getId();

    var queued = snapshots.snapshotCreate(environmentId, null, new SnapshotCreate().label("before"));
    SnapshotDetails snapshot = snapshots.snapshotView(environmentId, queued.getId(), null);
    while (snapshot.getStatus() == SnapshotStatus.QUEUED || snapshot.getStatus() == SnapshotStatus.RUNNING) {
      Thread.sleep(100);
      snapshot = snapshots.snapshotView(environmentId, queued.getId(), null);
    }

    var request = new RollbackRequest().snapshotId(snapshot.getId()).createSafetySnapshot(false);
    var rollback = new RollbacksApi(client).rollbackCreate(environmentId, request, null);
    DeploymentDetails deployment = deployments.deploymentView(rollback.getDeploymentId(), null);
    while (deployment.getStatus() == DeploymentStatus.QUEUED || deployment.getStatus() == DeploymentStatus.RUNNING) {
      Thread.sleep(100);
      deployment = deployments.deploymentView(rollback.getDeploymentId(), null);
    }

    var updated = projects.projectUpdate(project.getId(), new ProjectUpdate().description(null));
    Map<String, Object> seen = new LinkedHashMap<>();
    seen.put("databaseHost", ((DatabaseConnectionView) environment.getDatabase().getActualInstance()).getHost());
    seen.put("beforeCutover", environment.getBeforeCutover());
    seen.put("finishedAt", queued.getFinishedAt());
    seen.put("status", snapshot.getStatus());
    seen.put("failure", snapshot.getFailure());
    seen.put("databaseBytes", snapshot.getDatabaseBytes());
    seen.put("rollback", deployment.getStatus());
    seen.put("description", updated.getDescription());
    seen.put("problem", problemOfUnknownSnapshot(snapshots, environmentId));
    return seen;
  }

  private static Map<String, Object> problemOfUnknownSnapshot(SnapshotsApi snapshots, UUID environmentId)
      throws JsonProcessingException {
    try {
      snapshots.snapshotView(environmentId, UUID.randomUUID(), null);
      throw new AssertionError("a snapshot that nobody has taken was found");
    } catch (ApiException refused) {
      Problem problem = JSON.readValue(refused.getResponseBody(), Problem.class);
      Map<String, Object> seen = new LinkedHashMap<>();
      seen.put("status", refused.getCode());
      seen.put("code", problem.getCode());
      return seen;
    }
  }
}
