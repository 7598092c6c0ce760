namespace ControlChat.App.Commands;

/// <summary>A subcommand beside the hub: prints what was asked for on stdout, everything else on stderr.</summary>
internal interface ICommand
{
    /// <summary>The first word of the command line.</summary>
    string Name { get; }

    /// <summary>One line for each form.</summary>
    IReadOnlyList<string> Usage { get; }

    /// <returns>The exit code.</returns>
    /// <exception cref="Start.StartException">Ends the process with its code and message.</exception>
    Task<int> RunAsync(CommandLine line, CommandOutput output, CancellationToken cancellationToken);
}

/// <param name="Out">What was asked for.</param>
/// <param name="Error">What people should know beside it.</param>
internal sealed record CommandOutput(TextWriter Out, TextWriter Error);
