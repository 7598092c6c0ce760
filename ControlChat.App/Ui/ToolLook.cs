namespace ControlChat.App.Ui;

public enum ToolLook
{
    Running,
    Done,
    Failed,
    Denied,
    Cancelled,
}
