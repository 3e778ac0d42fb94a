package io.avatarflow.jobs.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The OpenAPI schema of a custom resource, applied strictly: a field that it does not know is an
 * error.
 */
final class ResourceSchema {
  private final JsonNode root;

  ResourceSchema(JsonNode root) {
    this.root = root;
  }

  /** Everything in the value that the schema does not allow, with its path; empty when it fits. */
  List<String> violations(JsonNode value) {
    List<String> violations = new ArrayList<>();
    check(root, value, "", violations);
    return violations;
  }

  private static void check(JsonNode schema, JsonNode value, String path, List<String> violations) {
    if (!typeFits(schema, value)) {
      violations.add("%s: %s is not of type %s".formatted(path, value, schema.get("type")));
    }
    if (schema.has("enum") && !contains(schema.get("enum"), value)) {
      violations.add("%s: %s is none of %s".formatted(path, value, schema.get("enum")));
    }
    if (value.isArray()) {
      value.forEach(item -> check(schema.path("items"), item, path + "[]", violations));
    }
    value
        .properties()
        .forEach(
            field -> {
              String name = path + "/" + field.getKey();
              JsonNode known = schema.path("properties").path(field.getKey());
              JsonNode child = known.isMissingNode() ? schema.path("additionalProperties") : known;
              if (!child.isMissingNode()) {
                check(child, field.getValue(), name, violations);
              } else if (!schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
                violations.add(name + " is not a field");
              }
            });
  }

  private static boolean typeFits(JsonNode schema, JsonNode value) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
      return value.isTextual() || value.isIntegralNumber();
    }
    return switch (schema.path("type").asText()) {
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "array" -> value.isArray();
      case "object" -> value.isObject();
      default -> true;
    };
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode candidate : values) {
      if (candidate.equals(value)) {
        return true;
      }
    }
    return false;
  }
}
