using System.Diagnostics;
using ControlChat.Tests.HouseRules;
using Xunit;

namespace ControlChat.Tests.App.Console;

/// <summary>The logic of the console's scripts, which needs no browser: their own tests, run by Node.</summary>
public sealed class ConsoleScriptTests
{
    [Fact]
    public async Task The_tests_of_the_scripts_pass()
    {
        var folder = Path.Combine(Repository.Root, "ControlChat.App", "Console");
        var tests = Repository.Files.Where(f => f.StartsWith("ControlChat.App/Console/", StringComparison.Ordinal) && f.EndsWith(".test.js", StringComparison.Ordinal)).Select(f => Path.Combine(Repository.Root, f)).ToList();
        Assert.NotEmpty(tests);
        var start = new ProcessStartInfo("node", ["--test", "--test-reporter=tap", .. tests]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // Node 18 and later run their own tests.
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, output + await errors);
        Assert.Contains("# fail 0", output, StringComparison.Ordinal);
    }
}
