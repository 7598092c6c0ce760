using Microsoft.AspNetCore.Components.Web;

namespace ControlChat.App.Ui;

/// <summary>Keeps a fault of one page or panel from ending the circuit, and gives it a reference that the log carries too.</summary>
public sealed partial class FaultBoundary(ILogger<FaultBoundary> logger) : ErrorBoundary
{
    /// <summary>Four hex digits, for the reader and the log.</summary>
    public string Reference { get; private set; } = "";

    protected override Task OnErrorAsync(Exception exception)
    {
        Reference = Guid.NewGuid().ToString("n")[..4];
        LogFault(logger, Reference, exception);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A part of a page failed (ref {Reference})")]
    private static partial void LogFault(ILogger logger, string reference, Exception exception);
}
