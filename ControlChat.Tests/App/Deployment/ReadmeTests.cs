using System.Diagnostics;
using ControlChat.Tests.HouseRules;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Deployment;

/// <summary>What the README's deployment section gives to copy.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task The_service_manager_accepts_the_unit()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "There is no systemd-analyze here; it comes with the Debian package systemd.");
        using var folder = new TempFolder();
        var unit = Path.Combine(folder.Path, "controlchat.service");
        // This machine has the runtime and the user elsewhere.
        await File.WriteAllTextAsync(unit, Block("[Unit]").Replace("/usr/bin/dotnet", Environment.ProcessPath, StringComparison.Ordinal).Replace("User=controlchat", $"User={Environment.UserName}", StringComparison.Ordinal));
        using var verify = Process.Start(new ProcessStartInfo("/usr/bin/systemd-analyze", ["verify", "--man=no", unit]) { RedirectStandardError = true })!;
        var said = (await verify.StandardError.ReadToEndAsync()).Split('\n').Where(l => l.Contains("controlchat.service", StringComparison.Ordinal)).ToList();
        await verify.WaitForExitAsync();
        Assert.Empty(said);
    }

    [Fact]
    public void The_proxies_pass_on_what_the_hub_needs()
    {
        var nginx = Block("upstream controlchat");
        foreach (var line in new[] { "proxy_set_header Host $http_host;", "proxy_set_header Upgrade $http_upgrade;", "proxy_buffering off;", "proxy_set_header X-Forwarded-For $remote_addr;", "proxy_read_timeout 1h;" })
            Assert.Contains(line, nginx, StringComparison.Ordinal);
        Assert.Contains("flush_interval -1", Block("hub.example {"), StringComparison.Ordinal);
    }

    /// <summary>The fenced block that has this text.</summary>
    private static string Block(string text) => Repository.Text("README.md").Split("```").Where((_, i) => i % 2 == 1).Select(b => b[(b.IndexOf('\n', StringComparison.Ordinal) + 1)..]).Single(b => b.Contains(text, StringComparison.Ordinal));
}
