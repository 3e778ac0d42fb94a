package io.avatarflow.jobs.local;

import io.avatarflow.jobs.kafka.NewTopics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A Kafka broker inside this JVM: one KRaft node that is broker and controller, on the loopback
 * interface.
 *
 * <p>Its log lives in the given folder, which the caller owns. {@link #close} stops the node.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final int NODE_ID = 1;
  private static final long ADMIN_TIMEOUT_SECONDS = 30;

  private final KafkaRaftServer server;
  private final int port;

  private EmbeddedBroker(KafkaRaftServer server, int port) {
    this.server = server;
    this.port = port;
  }

  /**
   * Starts a broker.
   *
   * @param folder an existing folder for the log
   * @param port the port to listen on, 0 for a free one
   */
  public static EmbeddedBroker start(Path folder, int port) throws IOException {
    return start(folder, port, Optional.empty());
  }

  /**
   * A second way to the broker, for clients that reach it through something between.
   *
   * @param port where the broker listens
   * @param advertised the port that these clients are told to connect to
   */
  record Relayed(int port, int advertised) {}

  static EmbeddedBroker start(Path folder, int port, Optional<Relayed> relayed) throws IOException {
    checkPort(port);
    int brokerPort = port == 0 ? freePort() : port;
    Properties properties = properties(folder, brokerPort, freePort());
    relayed.ifPresent(way -> addListener(properties, way));
    format(folder);
    KafkaRaftServer server = new KafkaRaftServer(new KafkaConfig(properties, false), Time.SYSTEM);
    try {
      server.startup();
    } catch (RuntimeException e) {
      server.shutdown();
      server.awaitShutdown();
      throw new IOException(
          "The embedded Kafka broker could not start on 127.0.0.1:%d (%s); free the port or choose another one."
              .formatted(brokerPort, e.getMessage()),
          e);
    }
    return new EmbeddedBroker(server, brokerPort);
  }

  /**
   * Finds out whether a broker could listen on a port.
   *
   * @param port the port, 0 for any
   * @throws IOException if it is in use
   */
  public static void checkPort(int port) throws IOException {
    if (port != 0) {
      requireFree(port);
    }
  }

  /** {@code host:port} for clients. */
  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  /** Creates the topics that its folder does not hold yet, and waits until they can be written. */
  public void createTopics(Collection<NewTopic> topics) throws IOException {
    try (Admin admin = Admin.create(adminProperties())) {
      Set<String> there = admin.listTopics().names().get(ADMIN_TIMEOUT_SECONDS, TimeUnit.SECONDS);
      List<NewTopic> missing =
          topics.stream().filter(topic -> !there.contains(topic.name())).toList();
      NewTopics.create(admin, missing, Duration.ofSeconds(ADMIN_TIMEOUT_SECONDS));
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          "The topics of the embedded broker could not be created: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the topics of the embedded broker were created.", e);
    }
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  private Properties adminProperties() {
    Properties properties = new Properties();
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap());
    return properties;
  }

  /** A folder that was formatted before belongs to the cluster of its id, and is taken as it is. */
  private static void format(Path folder) throws IOException {
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    Formatter formatter = new Formatter();
    formatter
        .setClusterId(Uuid.randomUuid().toString())
        .setNodeId(NODE_ID)
        .setControllerListenerName("CONTROLLER")
        .setMetadataLogDirectory(folder.toString())
        .setReleaseVersion(MetadataVersion.latestProduction())
        .setIgnoreFormatted(true)
        .setUnstableFeatureVersionsEnabled(false)
        .setPrintStream(
            new java.io.PrintStream(
                java.io.OutputStream.nullOutputStream(),
                false,
                java.nio.charset.StandardCharsets.UTF_8));
    formatter.addDirectory(folder.toString());
    try {
      formatter.run();
    } catch (Exception e) {
      throw new IOException(
          "The folder %s could not be formatted for Kafka: %s".formatted(folder, e.getMessage()),
          e);
    }
  }

  private static Properties properties(Path folder, int brokerPort, int controllerPort) {
    Properties p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", Integer.toString(NODE_ID));
    p.put(
        "listeners",
        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d".formatted(brokerPort, controllerPort));
    p.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + brokerPort);
    p.put("controller.listener.names", "CONTROLLER");
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.quorum.voters", NODE_ID + "@127.0.0.1:" + controllerPort);
    p.put("log.dirs", folder.toString());
    p.put("num.network.threads", "2");
    p.put("num.io.threads", "2");
    p.put("num.partitions", "1");
    p.put("auto.create.topics.enable", "false");
    p.put("offsets.topic.replication.factor", "1");
    p.put("offsets.topic.num.partitions", "1");
    p.put("transaction.state.log.replication.factor", "1");
    p.put("transaction.state.log.min.isr", "1");
    p.put("transaction.state.log.num.partitions", "1");
    p.put("transaction.max.timeout.ms", "3600000");
    p.put("group.initial.rebalance.delay.ms", "0");
    // The default of 128 MB is half the heap that small processes give the broker.
    p.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
    return p;
  }

  private static void addListener(Properties p, Relayed way) {
    p.merge("listeners", "RELAYED://127.0.0.1:" + way.port(), EmbeddedBroker::join);
    p.merge(
        "advertised.listeners", "RELAYED://127.0.0.1:" + way.advertised(), EmbeddedBroker::join);
    p.merge("listener.security.protocol.map", "RELAYED:PLAINTEXT", EmbeddedBroker::join);
    p.put("inter.broker.listener.name", "PLAINTEXT");
  }

  private static Object join(Object first, Object second) {
    return first + "," + second;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void requireFree(int port) throws IOException {
    try {
      new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    } catch (IOException e) {
      throw new IOException(
          "Port %d on 127.0.0.1 is in use; free it or choose another one with --broker-port."
              .formatted(port),
          e);
    }
  }
}
