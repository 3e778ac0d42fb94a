package io.avatarflow.jobs.deploy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import java.util.Map;
import java.util.Optional;

/**
 * Reads resources of Kubernetes, Strimzi and the Prometheus operator into the classes that their
 * clients publish, strictly: a field that a class does not know is a problem, at any depth.
 */
final class StrictResources {
  private static final String FABRIC8 = "io.fabric8.kubernetes.api.model.";
  private static final String MONITORING = "io.fabric8.openshift.api.model.monitoring.v1.";
  private static final String STRIMZI = "io.strimzi.api.kafka.model.";

  /** The class of the specification, or of the whole resource where it has none. */
  private static final Map<String, String> TYPES =
      Map.of(
          "PodDisruptionBudget", FABRIC8 + "policy.v1.PodDisruptionBudgetSpec",
          "NetworkPolicy", FABRIC8 + "networking.v1.NetworkPolicySpec",
          "Service", FABRIC8 + "ServiceSpec",
          "CronJob", FABRIC8 + "batch.v1.CronJobSpec",
          "Role", FABRIC8 + "rbac.Role",
          "RoleBinding", FABRIC8 + "rbac.RoleBinding",
          "ServiceMonitor", MONITORING + "ServiceMonitorSpec",
          "PrometheusRule", MONITORING + "PrometheusRuleSpec",
          "KafkaTopic", STRIMZI + "topic.KafkaTopicSpec",
          "KafkaUser", STRIMZI + "user.KafkaUserSpec");

  private final ObjectMapper mapper =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(new NoCatchAll());

  /** What a resource has that its class does not know; empty when it fits. */
  Optional<String> problem(JsonNode resource) throws ClassNotFoundException {
    String kind = resource.get("kind").asText();
    if (kind.equals("ServiceAccount")) {
      return resource.size() == 3 ? Optional.empty() : Optional.of("more than a name");
    }
    Class<?> type = Class.forName(TYPES.get(kind));
    try {
      mapper.treeToValue(resource.has("spec") ? resource.get("spec") : resource, type);
      return Optional.empty();
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      return Optional.of(e.getOriginalMessage());
    }
  }

  /** The classes collect unknown fields in a map; strictly read, there is no such map. */
  private static final class NoCatchAll extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Boolean hasAnySetter(Annotated annotated) {
      return false;
    }

    @Override
    public Boolean hasAnyGetter(Annotated annotated) {
      return false;
    }
  }
}
