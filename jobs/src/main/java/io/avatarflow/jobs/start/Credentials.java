package io.avatarflow.jobs.start;

import io.avatarflow.jobs.AvatarJobOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.utils.Utils;

/**
 * The secrets that settings of the Kafka clients refer to are there: files by path, and values by
 * {@code ${provider:path:key}}. Messages name where a secret is looked for, never what it says.
 */
final class Credentials {
  /** As Kafka's clients read references to providers. */
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}:]+):(?:([^}]*):)?([^}:]+)}");

  private static final String PROVIDERS = "config.providers";

  private Credentials() {}

  /**
   * @param kafka settings of the Kafka clients
   */
  static void check(Properties kafka) {
    for (String key : new TreeSet<>(kafka.stringPropertyNames())) {
      String value = kafka.getProperty(key);
      if (key.endsWith(".location") || key.endsWith(".file")) {
        checkFile(key, value);
      }
      Matcher reference = REFERENCE.matcher(value);
      while (reference.find()) {
        checkReference(key, reference, kafka);
      }
    }
  }

  private static void checkFile(String key, String value) {
    if (!Files.isReadable(Path.of(value))) {
      throw new StartException(
          "Option --%s%s names %s, which cannot be read; mount the secret there or give another path."
              .formatted(AvatarJobOptions.KAFKA_PREFIX, key, value));
    }
  }

  private static void checkReference(String key, Matcher reference, Properties kafka) {
    String provider = reference.group(1);
    String path = reference.group(2) == null ? "" : reference.group(2);
    String entry = reference.group(3);
    String type = kafka.getProperty(PROVIDERS + "." + provider + ".class");
    if (type == null) {
      throw new StartException(
          "Option --%1$s%2$s refers to the provider \"%3$s\", which has no class; give --%1$s%4$s.%3$s.class."
              .formatted(AvatarJobOptions.KAFKA_PREFIX, key, provider, PROVIDERS));
    }
    if (!read(type, provider, kafka, path, entry)) {
      throw new StartException(
          "Option --%s%s reads \"%s\" of \"%s\", which is not there; create the secret with that entry."
              .formatted(AvatarJobOptions.KAFKA_PREFIX, key, entry, path));
    }
  }

  private static boolean read(
      String type, String name, Properties kafka, String path, String entry) {
    try (ConfigProvider provider = Utils.newInstance(type, ConfigProvider.class)) {
      provider.configure(parameters(kafka, name));
      String value = provider.get(path, Set.of(entry)).data().get(entry);
      return value != null && !value.isEmpty();
    } catch (ConfigException e) {
      return false;
    } catch (ClassNotFoundException | IOException e) {
      throw new StartException(
          "The class %s of the provider \"%s\" cannot be used (%s); name one that is on the class path."
              .formatted(type, name, e.getMessage()));
    }
  }

  private static Map<String, String> parameters(Properties kafka, String provider) {
    String prefix = PROVIDERS + "." + provider + ".param.";
    Map<String, String> parameters = new java.util.HashMap<>();
    for (String key : kafka.stringPropertyNames()) {
      if (key.startsWith(prefix)) {
        parameters.put(key.substring(prefix.length()), kafka.getProperty(key));
      }
    }
    return parameters;
  }
}
