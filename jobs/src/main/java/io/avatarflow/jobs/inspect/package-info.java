/** What a savepoint says of its sessions. */
package io.avatarflow.jobs.inspect;
