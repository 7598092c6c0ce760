using ControlChat.Core.Sync;
using Xunit;

namespace ControlChat.Tests.Core.Sync;

public sealed class SyncTextTests
{
    [Theory]
    [InlineData("ssh://mara@Files.Example/srv/data", "ssh://mara@files.example/srv/data")]
    [InlineData("ssh://files.example:2222/srv//data/", "ssh://files.example:2222/srv/data")]
    [InlineData("ssh://files.example:22/srv", "ssh://files.example/srv")]
    [InlineData("mara@files.example:/srv/data", "ssh://mara@files.example/srv/data")]
    [InlineData("192.0.2.7:/srv", "ssh://192.0.2.7/srv")]
    [InlineData("file:///srv/data", "/srv/data")]
    [InlineData("/srv/a b/-c/ü", "/srv/a b/-c/ü")]
    [InlineData("/", "/")]
    public void A_remote_is_read_and_written_one_way(string text, string canonical)
    {
        var remote = SyncRemote.Parse(text)!;
        Assert.Equal(canonical, remote.ToString());
        Assert.Equal(remote, SyncRemote.Parse(canonical));
    }

    [Theory]
    [InlineData("")]
    [InlineData("data")]
    [InlineData("./data")]
    [InlineData("-e sh:/x")]
    [InlineData("-oProxyCommand=id:/x")]
    [InlineData("ssh://-oProxyCommand=id/x")]
    [InlineData("ssh://a@-oProxyCommand=id/x")]
    [InlineData("-a@host:/x")]
    [InlineData("host:relative")]
    [InlineData("host:~/x")]
    [InlineData("host::module/x")]
    [InlineData("rsync://host/x")]
    [InlineData("https://host/x")]
    [InlineData("ssh://host")]
    [InlineData("ssh://host:0/x")]
    [InlineData("ssh://host:70000/x")]
    [InlineData("ssh://a:b@host/x")]
    [InlineData("ssh://host;id/x")]
    [InlineData("ssh://$(id)/x")]
    [InlineData("ssh://`id`/x")]
    [InlineData("a b@host:/x")]
    [InlineData("host:/a/../b")]
    [InlineData("/a/../b")]
    [InlineData("/a/./b")]
    [InlineData("/a\nb")]
    [InlineData("/a\0b")]
    [InlineData("/a\u202eb")]
    [InlineData("/a\u200bb")]
    [InlineData("host:/x\r")]
    [InlineData("ssh://[::1]/x")]
    [InlineData("file://host/x")]
    public void What_could_mean_something_else_is_no_remote(string text) => Assert.Null(SyncRemote.Parse(text));

    [Fact]
    public void A_remote_is_not_endless() => Assert.Null(SyncRemote.Parse("/" + new string('a', SyncRemote.MostChars)));

    [Theory, InlineData("node_modules/"), InlineData("*.tmp"), InlineData("/build/**/x y"), InlineData("a--delete")]
    public void A_pattern_is_left_as_it_is(string pattern) => Assert.Null(SyncExclude.Fault(pattern));

    [Theory, InlineData(""), InlineData("--rsh=sh"), InlineData("- x"), InlineData("+ x"), InlineData("!"), InlineData(" x"), InlineData("a\nb"), InlineData("a\0b"), InlineData("a\tb")]
    public void What_rsync_would_take_for_something_else_is_no_pattern(string pattern) => Assert.NotNull(SyncExclude.Fault(pattern));

    [Fact]
    public void A_fingerprint_is_as_ssh_shows_it()
    {
        // ssh-keygen -lf of this key says the same.
        var key = HostKey.Parse("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")!;
        Assert.Equal("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU", key.Fingerprint);
        Assert.Null(HostKey.Parse("ssh-dss AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"));
        Assert.Null(HostKey.Parse(key.Line + "\nssh-rsa AAAA"));
        Assert.Null(HostKey.Parse("@cert-authority * " + key.Line));
    }
}
