package io.avatarflow.jobs.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;

/**
 * The YAML files of {@code docker/} and {@code k8s/}, read as data, with the part of kustomize that
 * they use: resources of a base, components, and JSON patches that add or replace a value.
 */
final class Manifests {
  static final Path DOCKER = Path.of("../docker");
  static final Path K8S = Path.of("../k8s");
  static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private Manifests() {}

  /** All documents of a file. */
  static List<JsonNode> documents(Path file) throws IOException {
    try (MappingIterator<JsonNode> documents =
        YAML.readerFor(JsonNode.class).readValues(file.toFile())) {
      return documents.readAll();
    }
  }

  /**
   * What a folder with a {@code kustomization.yaml} consists of.
   *
   * @throws IllegalArgumentException if a patch matches nothing or replaces what is not there
   */
  static List<JsonNode> build(Path folder) throws IOException {
    JsonNode kustomization = documents(folder.resolve("kustomization.yaml")).get(0);
    List<JsonNode> resources = new ArrayList<>();
    for (JsonNode resource : kustomization.get("resources")) {
      Path path = folder.resolve(resource.asText()).normalize();
      resources.addAll(path.toFile().isDirectory() ? build(path) : documents(path));
    }
    for (JsonNode component : kustomization.path("components")) {
      apply(folder.resolve(component.asText()).normalize(), resources);
    }
    apply(folder, resources);
    return resources;
  }

  /** What a cell of the overlay with a name consists of. */
  static List<JsonNode> overlay(String name) throws IOException {
    return build(K8S.resolve("overlays").resolve(name));
  }

  /** The deployment of Flink in the cell of an overlay. */
  static JsonNode deployment(String overlay) throws IOException {
    return one(overlay(overlay), "FlinkDeployment");
  }

  static JsonNode compose() throws IOException {
    return documents(DOCKER.resolve("compose.yaml")).get(0);
  }

  /** Settings of Flink that the image brings. */
  static Map<String, String> imageSettings() throws IOException {
    return map(documents(DOCKER.resolve("conf/flink.yaml")).get(0));
  }

  /** Applies the patches of a folder's kustomization. */
  static void apply(Path folder, List<JsonNode> resources) throws IOException {
    JsonNode kustomization = documents(folder.resolve("kustomization.yaml")).get(0);
    for (JsonNode patch : kustomization.path("patches")) {
      List<JsonNode> targets =
          resources.stream().filter(resource -> matches(resource, patch.get("target"))).toList();
      if (targets.isEmpty()) {
        throw new IllegalArgumentException(folder + ": a patch has no target: " + patch);
      }
      for (JsonNode operation : YAML.readTree(patch.get("patch").asText())) {
        targets.forEach(target -> change(target, operation));
      }
    }
  }

  static JsonNode one(List<JsonNode> resources, String kind) {
    List<JsonNode> found = ofKind(resources, kind);
    if (found.size() != 1) {
      throw new IllegalArgumentException(found.size() + " resources of kind " + kind + ", not one");
    }
    return found.get(0);
  }

  static List<JsonNode> ofKind(List<JsonNode> resources, String kind) {
    return resources.stream().filter(r -> r.get("kind").asText().equals(kind)).toList();
  }

  static Map<String, String> map(JsonNode node) {
    Map<String, String> map = new LinkedHashMap<>();
    node.properties().forEach(entry -> map.put(entry.getKey(), entry.getValue().asText()));
    return map;
  }

  static String[] strings(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .map(JsonNode::asText)
        .toArray(String[]::new);
  }

  private static boolean matches(JsonNode resource, JsonNode target) {
    return resource.get("kind").equals(target.get("kind"))
        && (!target.has("name") || resource.at("/metadata/name").equals(target.get("name")));
  }

  private static void change(JsonNode target, JsonNode operation) {
    String path = operation.get("path").asText();
    boolean replaces = operation.get("op").asText().equals("replace");
    int last = path.lastIndexOf('/');
    String name = path.substring(last + 1);
    JsonNode parent = target.at(path.substring(0, last));
    boolean there = !target.at(path).isMissingNode();
    if (replaces != there || parent.isMissingNode()) {
      throw new IllegalArgumentException("Nothing to change so: " + operation);
    }
    if (parent instanceof ArrayNode array && replaces) {
      array.set(Integer.parseInt(name), operation.get("value"));
    } else if (parent instanceof ArrayNode array) {
      array.add(operation.get("value"));
    } else {
      ((ObjectNode) parent).set(name, operation.get("value"));
    }
  }
}
