using ControlChat.App;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Audit;

public sealed class AuditCommandTests
{
    [Fact]
    public async Task The_record_is_verified_exported_and_verified_again_beside_a_running_hub()
    {
        await using var hub = await TestHub.StartAsync();
        using var folder = new TempFolder();

        Assert.Matches(@"\Aok rows=\d+ last=\d+ checkpoints=\d+\n", (await RunAsync(hub, "audit", "verify")).Out);
        Assert.Equal(0, (await RunAsync(hub, "audit", "export", "--format", "jsonl", "--output", folder["audit.jsonl"])).Code);
        var (code, key, _) = await RunAsync(hub, "audit", "public-key");
        await File.WriteAllTextAsync(folder["key.pem"], key);
        Assert.Equal((0, true), (code, key.StartsWith("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal)));

        var unpinned = await RunAsync(hub, "audit", "verify", "--file", folder["audit.jsonl"]);
        Assert.Matches(@"\Aok rows=\d+ last=\d+ checkpoints=\d+\nkey [0-9a-f]{16} not pinned\n\z", unpinned.Out);
        var pinned = await RunAsync(hub, "audit", "verify", "--file", folder["audit.jsonl"], "--public-key", folder["key.pem"]);
        Assert.Matches(@"\Aok rows=\d+ last=\d+ checkpoints=\d+\n\z", pinned.Out);
        Assert.Equal((0, 0), (unpinned.Code, pinned.Code));
    }

    [Fact]
    public async Task A_stopped_hub_needs_only_its_files_and_every_row_is_signed()
    {
        await using var hub = await TestHub.StartAsync();
        await hub.StopAsync();

        var (code, text, _) = await RunAsync(hub, "audit", "verify");

        var numbers = System.Text.RegularExpressions.Regex.Match(text, @"\Aok rows=(\d+) last=(\d+) checkpoints=(\d+)\n");
        Assert.True(numbers.Success && code == 0, text);
        var last = (await File.ReadAllLinesAsync(Path.Combine(hub.DataDirectory, "checkpoints", "checkpoints.jsonl")))[^1];
        Assert.Contains($"\"last_seq\":{numbers.Groups[2].Value},", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_export_is_named_with_its_first_bad_row()
    {
        await using var hub = await TestHub.StartAsync();
        using var folder = new TempFolder();
        var export = (await RunAsync(hub, "audit", "export", "--format", "jsonl")).Out;
        await File.WriteAllTextAsync(folder["audit.jsonl"], export.Replace("hub.started", "hub.stopped", StringComparison.Ordinal));

        var (code, text, _) = await RunAsync(hub, "audit", "verify", "--file", folder["audit.jsonl"]);

        Assert.Equal(1, code);
        Assert.Matches(@"\Abad seq=\d+ problem=row_changed\n", text);
    }

    [Theory]
    [InlineData(64, "audit")]
    [InlineData(64, "audit", "export")]
    [InlineData(64, "audit", "export", "--format", "xml")]
    [InlineData(64, "audit", "export", "--format", "csv", "--from", "0")]
    [InlineData(64, "audit", "verify", "--pin", "x")]
    [InlineData(1, "audit", "verify", "--file", "absent.jsonl")]
    public async Task Wrong_usage_says_what_is_right(int expected, params string[] args)
    {
        await using var hub = await TestHub.StartAsync();

        var (code, text, error) = await RunAsync(hub, args);

        Assert.Equal((expected, ""), (code, text));
        Assert.NotEmpty(error);
    }

    private static async Task<(int Code, string Out, string Error)> RunAsync(TestHub hub, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ControlChatProgram.RunAsync([.. args, $"--Hub:DataDirectory={hub.DataDirectory}"], output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
