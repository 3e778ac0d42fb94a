package io.avatarflow.jobs.start;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsTest {
  @TempDir Path folder;

  private final Properties kafka = new Properties();

  @Test
  void aMissingFileIsNamedWithItsOption() {
    kafka.put("ssl.truststore.location", folder.resolve("ca.crt").toString());
    assertThatThrownBy(() -> Credentials.check(kafka))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("--kafka.ssl.truststore.location names " + folder.resolve("ca.crt"))
        .hasMessageContaining("mount the secret");
  }

  @Test
  void aSecretWithoutTheEntryIsNamedAndNothingOfItIsShown() throws Exception {
    Files.writeString(folder.resolve("user.crt"), "a certificate");
    directoryProvider("user.key");
    assertThatThrownBy(() -> Credentials.check(kafka))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("--kafka.ssl.keystore.key reads \"user.key\" of \"" + folder)
        .hasMessageNotContaining("certificate");
  }

  @Test
  void aSecretThatIsNotMountedAtAllIsNamed() throws Exception {
    directoryProvider("user.key");
    Files.delete(folder);
    assertThatThrownBy(() -> Credentials.check(kafka))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("is not there");
  }

  @Test
  void aReferenceToAnUnknownProviderIsNamed() {
    kafka.put("ssl.keystore.key", "${vault:somewhere:user.key}");
    assertThatThrownBy(() -> Credentials.check(kafka))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("provider \"vault\"")
        .hasMessageContaining("--kafka.config.providers.vault.class");
  }

  @Test
  void secretsThatAreThereAndPlainSettingsPass() throws Exception {
    Files.writeString(folder.resolve("user.key"), "a key");
    Files.writeString(folder.resolve("ca.crt"), "a certificate");
    directoryProvider("user.key");
    kafka.put("ssl.truststore.location", folder.resolve("ca.crt").toString());
    kafka.put("security.protocol", "SSL");
    assertThatCode(() -> Credentials.check(kafka)).doesNotThrowAnyException();
  }

  private void directoryProvider(String entry) {
    kafka.put("ssl.keystore.key", "${user:%s:%s}".formatted(folder, entry));
    kafka.put("config.providers", "user");
    kafka.put(
        "config.providers.user.class",
        "org.apache.kafka.common.config.provider.DirectoryConfigProvider");
  }
}
