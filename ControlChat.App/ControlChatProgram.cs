using ControlChat.App.Commands;
using ControlChat.App.Start;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App;

/// <summary>The process: picks the subcommand, turns faults into the exit codes of the contract.</summary>
public static class ControlChatProgram
{
    public static Task<int> RunAsync(string[] args) => RunAsync(args, Console.Out, Console.Error, CancellationToken.None);

    /// <param name="output">stdout: what was asked for, nothing else.</param>
    /// <param name="error">stderr: what people should know.</param>
    /// <param name="cancellationToken">Stops a hub as a signal does.</param>
    /// <returns>The exit code: contracts, section 1.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var line = CommandLine.Parse(args);
            return line.Words switch
            {
                [] => await ServeAsync(line, output, cancellationToken),
                ["help", ..] => await HelpAsync(output),
                [var name, ..] when CommandList.All.FirstOrDefault(c => c.Name == name) is { } command => await command.RunAsync(line, new CommandOutput(output, error), cancellationToken),
                _ => throw new StartException(ExitCode.Usage, $"'{line.Words[0]}' is no command.{Environment.NewLine}{CommandList.Help()}"),
            };
        }
        catch (StartException e)
        {
            await error.WriteLineAsync(e.Message);
            return e.ExitCode;
        }
        catch (SettingsException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCode.Settings;
        }
        catch (HubUnavailableException e)
        {
            await error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    }

    private static async Task<int> ServeAsync(CommandLine line, TextWriter output, CancellationToken cancellationToken)
    {
        line.Allow();
        await using var app = ControlChatApp.Create(line.Settings);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || app.IsStopping)
        {
            // Asked to stop while it started.
            return app.IsBroken ? ExitCode.Failed : ExitCode.Done;
        }
        // The link waits for a database that comes later than the hub.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var printing = PrintLinkAsync(app, output, stopping.Token);
        var serving = app.WaitForShutdownAsync(cancellationToken);
        if (await Task.WhenAny(printing, serving) == printing) await printing;
        await serving;
        await stopping.CancelAsync();
        await printing;
        return app.IsBroken ? ExitCode.Failed : ExitCode.Done;
    }

    private static async Task PrintLinkAsync(ControlChatApp app, TextWriter output, CancellationToken cancellationToken)
    {
        try
        {
            if (await app.FindSignInLinkAsync(cancellationToken) is { } link) await output.WriteLineAsync($"Open {link}");
            await output.FlushAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The hub was stopped before its database came.
        }
    }

    private static async Task<int> HelpAsync(TextWriter output)
    {
        await output.WriteLineAsync(CommandList.Help());
        return ExitCode.Done;
    }
}
