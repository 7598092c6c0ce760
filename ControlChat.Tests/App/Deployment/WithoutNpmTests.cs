using System.Diagnostics;
using ControlChat.Tests.HouseRules;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Deployment;

/// <summary>A machine without npm builds a hub that only has no terminal in the browser.</summary>
public sealed class WithoutNpmTests
{
    [Fact]
    public async Task The_hub_builds_and_has_everything_but_the_terminals_scripts()
    {
        using var place = new TempFolder();
        foreach (var file in Repository.Files.Where(f => f.StartsWith("ControlChat.App/", StringComparison.Ordinal) || f.StartsWith("ControlChat.Core/", StringComparison.Ordinal)
            || f is "appsettings.json" or "global.json" or "Directory.Build.props" or "Directory.Packages.props" or ".editorconfig"))
        {
            var target = Path.Combine(place.Path, file);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(Repository.Root, file), target);
        }
        var output = await BuildAsync(place.Path);
        Assert.Contains("npm is not on the PATH", output, StringComparison.Ordinal);
        var app = Path.Combine(place.Path, "ControlChat.App");
        Assert.False(Directory.Exists(Path.Combine(app, "wwwroot", "console")));
        Assert.True(File.Exists(Path.Combine(app, "bin", "Debug", "net10.0", "ControlChat.App.dll")), output);
    }

    private static async Task<string> BuildAsync(string root)
    {
        var dotnet = Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";
        var start = new ProcessStartInfo(dotnet, ["build", "ControlChat.App", "-nodeReuse:false", "-p:RunAnalyzers=false", "-v", "minimal", "--disable-build-servers"])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What is found on it is what the machine has: the shell that builds run commands with, and nothing else.
        var tools = Directory.CreateDirectory(Path.Combine(root, "tools")).FullName;
        File.CreateSymbolicLink(Path.Combine(tools, "sh"), "/bin/sh");
        start.Environment["PATH"] = tools;
        using var build = Process.Start(start)!;
        var errors = build.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(build.ExitCode == 0, output + await errors);
        return output;
    }
}
