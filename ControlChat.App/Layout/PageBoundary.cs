using Microsoft.AspNetCore.Components.Web;

namespace ControlChat.App.Layout;

/// <summary>Keeps a fault of one page from ending the circuit, and gives it a reference that the log carries too.</summary>
public sealed partial class PageBoundary(ILogger<PageBoundary> logger) : ErrorBoundary
{
    /// <summary>Four hex digits, for the reader and the log.</summary>
    public string Reference { get; private set; } = "";

    protected override Task OnErrorAsync(Exception exception)
    {
        Reference = Guid.NewGuid().ToString("n")[..4];
        LogFault(logger, Reference, exception);
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A page failed (ref {Reference})")]
    private static partial void LogFault(ILogger logger, string reference, Exception exception);
}
