using System.Text.RegularExpressions;
using ControlChat.Core.Processes;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Which Codex is known to work. The app-server is marked experimental: another version may speak otherwise.</summary>
internal static partial class CodexVersion
{
    public const string Pinned = "0.169.0";
    private const string Install = $"npm install --global @openai/codex@{Pinned}";

    private static readonly TimeSpan MostToAnswer = TimeSpan.FromSeconds(20);

    /// <summary>Runs it with nothing of this process's environment.</summary>
    public static async Task<AgentVersion> AskAsync(CodexProgram program, TimeProvider time, CancellationToken cancellationToken)
    {
        var printed = "";
        try
        {
            var asked = LongProcess.Start(
                new ProcessOrder(program.File, ["--version"], "/", new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = "/nonexistent" }), async output => printed = await output.ReadToEndAsync(cancellationToken));
            await asked.Exited.WaitAsync(MostToAnswer, time, cancellationToken);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // What it could not print tells.
        }
        return Check(printed);
    }

    /// <param name="printed">Of <c>codex --version</c>: <c>codex-cli 0.169.0</c>.</param>
    public static AgentVersion Check(string? printed)
    {
        if (printed is null) return new AgentVersion(null, Usable: false, $"The Codex CLI is not there. Install it with '{Install}', or set Sessions:Codex:Path to where it is.");
        if (Number().Match(printed) is not { Success: true } match)
        {
            return new AgentVersion(null, Usable: false, $"What Sessions:Codex:Path names is not the Codex CLI: it does not print a version. Install it with '{Install}'.");
        }
        var version = match.Groups["version"].Value;
        return new AgentVersion(version, Usable: true, version == Pinned ? null
            : $"Codex {version} is not the version this hub was tested with ({Pinned}); sessions may fail in ways that were not seen. '{Install}' installs the tested one.");
    }

    [GeneratedRegex(@"^codex(-cli)? (?<version>\d+\.\d+\.\d+\S*)\s*$", RegexOptions.Multiline)]
    private static partial Regex Number();
}
