# Run by `smartcash-gateway install` and `uninstall`, as administrator.
param(
    [Parameter(Mandatory)] [ValidateSet("install", "start", "uninstall")] [string] $Action,
    [Parameter(Mandatory)] [string] $Program,
    [Parameter(Mandatory)] [string] $Folder
)
$ErrorActionPreference = "Stop"
$task = "SmartCashGateway"

if ($Action -eq "start") {
    Start-ScheduledTask -TaskName $task
    exit 0
}

if (Get-ScheduledTask -TaskName $task -ErrorAction SilentlyContinue) {
    Stop-ScheduledTask -TaskName $task
    Unregister-ScheduledTask -TaskName $task -Confirm:$false
}
if ($Action -eq "uninstall") {
    exit 0
}

# The system and the administrators, by number: their names depend on the language of Windows.
# File modes have little effect here; this keeps other users from reading the pairing key.
New-Item -ItemType Directory -Force -Path $Folder | Out-Null
icacls $Folder /inheritance:r /grant "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" | Out-Null
if ($LASTEXITCODE -ne 0) {
    exit $LASTEXITCODE
}

$run = "/c `"`"$Program`" run --config `"$Folder\gateway.toml`" >> `"$Folder\gateway.log`" 2>&1`""
$do = New-ScheduledTaskAction -Execute "$env:SystemRoot\System32\cmd.exe" -Argument $run -WorkingDirectory $Folder
$atStart = New-ScheduledTaskTrigger -AtStartup
# A scheduled task does not notice that its program has ended. This starts it again within a minute.
$eachMinute = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1)
$settings = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
$system = New-ScheduledTaskPrincipal -UserId "S-1-5-18" -LogonType ServiceAccount -RunLevel Highest
Register-ScheduledTask -TaskName $task -Action $do -Trigger $atStart, $eachMinute -Settings $settings -Principal $system | Out-Null
