namespace ControlChat.App.Sessions.Screens;

/// <summary>The scripts of the terminal's page, which a build without npm does not have.</summary>
public sealed class ConsoleBundle(IWebHostEnvironment environment)
{
    public const string Script = "console/console.js";

    public const string Style = "console/xterm.css";

    /// <summary>For whoever runs the hub.</summary>
    public static string HowTo => Texts.InstallNpm;

    public bool IsBuilt { get; } = environment.WebRootFileProvider.GetFileInfo(Script).Exists;
}
