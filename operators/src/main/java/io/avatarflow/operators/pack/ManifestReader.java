package io.avatarflow.operators.pack;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * Reads {@code pack.yaml} strictly: an unknown key, a key that is there twice, a missing one or a
 * value of another type is an error with file, line and key.
 */
final class ManifestReader {
  /** Largest manifest in bytes. */
  static final int MAX_BYTES = 256 * 1024;

  private static final int MAX_DEPTH = 32;
  private static final ObjectMapper YAML = mapper();

  private ManifestReader() {}

  private static ObjectMapper mapper() {
    LoaderOptions limits = new LoaderOptions();
    limits.setCodePointLimit(MAX_BYTES);
    limits.setNestingDepthLimit(MAX_DEPTH);
    limits.setMaxAliasesForCollections(0);
    YAMLFactory factory = YAMLFactory.builder().loaderOptions(limits).build();
    return YAMLMapper.builder(factory)
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .build();
  }

  /**
   * Reads a manifest.
   *
   * @param file where it came from, for messages
   * @throws PackException if it is not one
   */
  static PackManifest read(String file, byte[] yaml) {
    try {
      PackManifest manifest = YAML.readValue(yaml, PackManifest.class);
      if (manifest == null) {
        throw new PackException("%s is empty; a pack needs a manifest.".formatted(file));
      }
      return manifest;
    } catch (JsonProcessingException e) {
      throw new PackException("%s%s%s: %s.".formatted(file, line(e, yaml), key(e), reason(e)), e);
    } catch (IOException e) {
      throw new PackException("%s cannot be read (%s).".formatted(file, e.getMessage()), e);
    }
  }

  private static String line(JsonProcessingException e, byte[] yaml) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      // The parser reports an unknown key only when the object around it ends.
      Pattern key =
          Pattern.compile(
              "(^|[\\s{,\"'])" + Pattern.quote(unknown.getPropertyName()) + "[\"']?\\s*:");
      List<String> lines = new String(yaml, UTF_8).lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        if (key.matcher(lines.get(i)).find()) {
          return ", line " + (i + 1);
        }
      }
    }
    JsonLocation location = e.getLocation();
    return location == null || location.getLineNr() < 1 ? "" : ", line " + location.getLineNr();
  }

  private static String key(JsonProcessingException e) {
    if (!(e instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return "";
    }
    String path =
        mapping.getPath().stream()
            .map(
                step ->
                    step.getFieldName() == null
                        ? "[" + step.getIndex() + "]"
                        : "." + step.getFieldName())
            .collect(Collectors.joining());
    return ", key \"%s\"".formatted(path.substring(path.startsWith(".") ? 1 : 0));
  }

  private static String reason(JsonProcessingException e) {
    if (e instanceof UnrecognizedPropertyException unknown) {
      Collection<Object> known = unknown.getKnownPropertyIds();
      return "unknown key; known here are "
          + known.stream().map(Object::toString).sorted().collect(Collectors.joining(", "));
    }
    if (e instanceof InvalidFormatException format) {
      return "the value \"%s\" is not of type %s; correct it"
          .formatted(format.getValue(), format.getTargetType().getSimpleName());
    }
    if (e instanceof InvalidNullException) {
      return "it has no value; give it one";
    }
    if (e instanceof ValueInstantiationException && e.getCause() != null) {
      String cause = e.getCause().getMessage();
      // The collections of records take no null, and say so without a word.
      return cause == null
          ? "a list or map holds an empty entry; give it a value or remove it"
          : cause.replaceFirst("\\.$", "");
    }
    String first = e.getOriginalMessage().lines().findFirst().orElse("not YAML");
    return first
        .replaceFirst(
            "^Missing required creator property '([^']*)'.*", "key \"$1\" is missing; add it")
        .replaceFirst("\\.$", "");
  }
}
