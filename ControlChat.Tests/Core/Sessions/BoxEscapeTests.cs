using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>
/// What an agent does after somebody accepted that it leaves its own sandbox: any command as the hub's user. Each reads a secret where
/// there is no box, so that a test cannot pass because the command is wrong; in the box it reads not a byte of it.
/// </summary>
public abstract class BoxEscapeTests : IAsyncLifetime
{
    private readonly BoxBed _bed;

    private protected BoxEscapeTests(BoxBed bed) => _bed = bed;

    public ValueTask InitializeAsync() => _bed.RequireAsync();

    public ValueTask DisposeAsync()
    {
        _bed.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("cat $DATA/hub.db")]
    [InlineData("cat $DATA/keys/audit.key")]
    [InlineData("cat $DATA/agents/ses_other/home/rollout.jsonl")]
    [InlineData("cat $SPACES/other/file")]
    [InlineData("cat $CHECKPOINTS/chain.jsonl")]
    [InlineData("cat ../other/file")]
    [InlineData("cd /; cat ${SPACES#/}/other/file")]
    [InlineData("cat $HOME/../../ses_other/home/rollout.jsonl")]
    [InlineData("ln -s $DATA/hub.db link; cat link")]
    [InlineData("ln -s $DATA dir; cat dir/hub.db")]
    [InlineData("ln $SPACES/other/file hard; cat hard")]
    [InlineData("ln -s ../other out; cat out/file")]
    [InlineData("cat /proc/self/root$DATA/hub.db")]
    [InlineData("cat /proc/$$/cwd/../other/file")]
    [InlineData("cat /proc/$HUB/root$DATA/hub.db")]
    [InlineData("grep -rhs secret- $ROOT")]
    [InlineData("tar -cf - -C $DATA . | cat")]
    [InlineData("cp -r $SPACES/other copy; cat copy/file")]
    [InlineData("mv $SPACES/other/file here; cat here")]
    [InlineData("dd if=$DATA/hub.db status=none")]
    [InlineData("exec 9<$DATA/hub.db; cat <&9")]
    [InlineData("bash -c 'cd ..; cd other; cat file'")]
    [InlineData("for p in /proc/[0-9]*; do cat $p/root$DATA/hub.db; done")]
    [InlineData("for p in /proc/[0-9]*; do cat $p/cwd/../other/file; done")]
    [InlineData("unshare -Ur cat $DATA/hub.db")]
    [InlineData("unshare -Urm sh -c 'umount -l /tmp; umount -l /; cat $DATA/hub.db'")]
    [InlineData("unshare -Urm sh -c 'mount --bind / /mnt; cat $DATA/hub.db'")]
    [InlineData("unshare -Urm sh -c 'mount --make-rprivate /; mount -o remount,rw /; cat $DATA/hub.db'")]
    [InlineData("unshare -UrmpfC sh -c 'cat $DATA/hub.db'")]
    [InlineData("unshare -Ur /usr/sbin/chroot / cat $DATA/hub.db")]
    [InlineData("perl -e 'open F, shift; print <F>' $DATA/hub.db")]
    [InlineData("perl -e 'chdir q(/); chdir q(..) for 1..50; open F, substr(shift, 1); print <F>' $DATA/hub.db")]
    [InlineData("mkdir -p x; unshare -Ur perl -e 'chroot q(x); chdir q(..) for 1..50; chroot q(.); exec q(/bin/cat), shift' $DATA/hub.db")]
    public async Task Nothing_of_the_hub_can_be_read(string script)
    {
        Assert.DoesNotContain(_bed.Secret, await _bed.SayAsync(script), StringComparison.Ordinal);
        Assert.Contains(_bed.Secret, await _bed.SayOutsideAsync(script), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("echo changed > $DATA/hub.db")]
    [InlineData("echo changed > ../other/file")]
    [InlineData("rm -rf $SPACES/other $DATA/keys")]
    [InlineData("mv $DATA/hub.db $DATA/gone.db")]
    [InlineData("chmod -R 777 $DATA")]
    [InlineData("truncate -s 0 $CHECKPOINTS/chain.jsonl")]
    public async Task Nothing_of_the_hub_can_be_changed(string script)
    {
        var before = await TreeAsync();
        await _bed.SayAsync(script);
        Assert.Equal(before, await TreeAsync());
        await _bed.SayOutsideAsync(script);
        Assert.NotEqual(before, await TreeAsync());
    }

    [Fact]
    public async Task The_hubs_environment_and_its_processes_are_not_there()
    {
        const string Script = "cat /proc/$HUB/environ /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'; kill -0 $HUB && echo liv''es; ls -d /proc/[0-9]*";
        var said = await _bed.SayAsync(Script);
        Assert.DoesNotContain(_bed.Secret, said, StringComparison.Ordinal);
        Assert.DoesNotContain("dotnet", said, StringComparison.Ordinal);
        Assert.DoesNotContain("lives", said, StringComparison.Ordinal);
        Assert.Contains("/proc/1\n", said, StringComparison.Ordinal);
        var outside = await _bed.SayOutsideAsync(Script);
        Assert.Contains(_bed.Secret, outside, StringComparison.Ordinal);
        Assert.Contains("lives", outside, StringComparison.Ordinal);
    }

    // What is under /proc/pressure, anybody may write, and writing there only asks to be told of pressure. Limits of System V and POSIX queues and the numbers of processes are the namespace's own.
    [Fact]
    public async Task There_is_no_capability_to_get_and_no_system_to_change()
    {
        var said = await _bed.SayAsync("grep ^Cap /proc/self/status; id -u; grep NoNewPrivs /proc/self/status; for p in /usr/x /etc/x /x /var/x /dev/x /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sysrq-trigger; do : >> $p && echo wrote $p; done; find / -xdev -writable -type f -printf 'writable %p\n'; find /proc -writable ! -type l ! -path '/proc/[0-9]*' ! -path '/proc/pressure/*' ! -path '/proc/sys/fs/mqueue/*' ! -regex '/proc/sys/kernel/\\(auto_msgmni\\|msg.*\\|sem.*\\|shm.*\\|ns_last_pid\\|pid_max\\)' -printf 'writable %p\n'");
        Assert.Equal(5, said.Split('\n').Count(l => l.StartsWith("Cap", StringComparison.Ordinal) && l.EndsWith("0000000000000000", StringComparison.Ordinal)));
        Assert.Contains("NoNewPrivs:\t1", said, StringComparison.Ordinal);
        Assert.Contains($"\n{_bed.User.Id ?? 1000}\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("wrote", said, StringComparison.Ordinal);
        Assert.DoesNotContain(said.Split('\n'), line => line.StartsWith("writable", StringComparison.Ordinal));
    }

    // A namespace inside this one may mount what this one hides; what belongs to root must then still be root's.
    [Fact]
    public async Task A_namespace_of_its_own_gives_it_no_setting_of_the_machine()
    {
        var said = await _bed.SayAsync(
            "mkdir -p m; unshare -UrmpfnC sh -c 'id -u; mount -t proc proc m && for p in sys/kernel/core_pattern sys/vm/drop_caches sysrq-trigger dynamic_debug/control self/net/xt_recent/x; do echo x >> m/$p && echo wrote $p; done; umount m 2>/dev/null; "
            + "for t in cgroup cgroup2 sysfs debugfs tracefs bpf securityfs; do mount -t $t none m 2>/dev/null && mounts=$mounts:$t && find m -maxdepth 2 -type f -newermt 1970-01-02 -writable -size -1 2>/dev/null | head -n 3 | while read f; do echo 1 >> $f && echo wrote $f; done; umount m 2>/dev/null; done'");
        Assert.StartsWith("0\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("wrote", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_it_was_given_to_read_it_cannot_change()
    {
        var given = Path.Combine(_bed.Folder.Given, "catalog.json");
        File.WriteAllText(given, "given");
        var said = await _bed.SayAsync("G=$HOME/../given; cat $G/catalog.json; echo x > $G/catalog.json && echo wrote; rm $G/catalog.json && echo wrote; mv $HOME $HOME.away && echo wrote; mv $HOME/../given $HOME/g && echo wrote; touch $HOME/../new");
        Assert.StartsWith("given", said, StringComparison.Ordinal);
        Assert.DoesNotContain("wrote", said, StringComparison.Ordinal);
        Assert.Equal("given", File.ReadAllText(given));
        Assert.Equal(["given", "home"], Directory.EnumerateFileSystemEntries(_bed.Folder.Root).Select(Path.GetFileName).Order());
    }

    private Task<string> TreeAsync() => _bed.SayOutsideAsync("find $ROOT -path '*own' -prune -o -printf '%p %m %s %T@\\n' | sort; find $ROOT -type f -path '*other*' -exec cat {} +");
}

/// <summary>Its agents are another user.</summary>
public sealed class BoxOfARootHubTests() : BoxEscapeTests(BoxBed.OfRoot());

/// <summary>Its agents are, on the disk, the same user.</summary>
public sealed class BoxOfAnotherHubTests() : BoxEscapeTests(BoxBed.OfAnother());
