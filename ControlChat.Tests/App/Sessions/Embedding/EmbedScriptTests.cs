using System.Diagnostics;
using ControlChat.Tests.HouseRules;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Embedding;

/// <summary>The frame's own modules, by the tests that stand beside them.</summary>
public sealed class EmbedScriptTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_modules_of_the_embedded_page_do_what_their_tests_say()
    {
        var tests = Directory.GetFiles(Path.Combine(Repository.Root, "ControlChat.App/Console/embed"), "*.test.js");
        Assert.NotEmpty(tests);
        using var node = Process.Start(new ProcessStartInfo("node", ["--test", .. tests]) { RedirectStandardOutput = true, WorkingDirectory = Repository.Root })!;
        var said = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        output.WriteLine(said);
        Assert.True(node.ExitCode == 0, said);
    }
}
