package io.avatarflow.jobs.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Reads the version that the build wrote into the jar. */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() throws IOException {
    return new String[] {"avatarflow " + version()};
  }

  static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream in =
        VersionProvider.class.getResourceAsStream("/avatarflow-build.properties")) {
      if (in == null) {
        throw new IOException(
            "The build left no avatarflow-build.properties in the jar; build it with Maven.");
      }
      properties.load(in);
    }
    return properties.getProperty("version");
  }
}
